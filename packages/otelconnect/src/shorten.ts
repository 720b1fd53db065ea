import type { Attributes, AttributeValue } from "@opentelemetry/api";

/**
 * Longest text, in bytes of UTF-8, that a caller or a peer can put on a span: an error's message, a header, a name or an
 * address. Long enough to be read, and too short for a stranger to make a span that no Collector takes: OTLP over gRPC
 * ends at 4 MiB by default for a whole batch, and the SDK's own limits leave status messages and names alone.
 */
export const maxTextBytes = 1_024;

const ellipsis = "…";
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Cuts a text that is longer than `maxTextBytes` between two characters, never within one, and has it end with "…".
 *
 * The result is a new string: a slice would keep all of the long one in memory for as long as the span lives.
 */
export function shorten(text: string): string {
  // A UTF-16 unit is at most three bytes of UTF-8, so that most texts need not be measured.
  if (text.length * 3 <= maxTextBytes) {
    return text;
  }
  const bytes = new Uint8Array(maxTextBytes);
  if (encoder.encodeInto(text, bytes).read === text.length) {
    return text;
  }
  const { written } = encoder.encodeInto(text, bytes.subarray(0, maxTextBytes - ellipsisBytes));
  return decoder.decode(bytes.subarray(0, written)) + ellipsis;
}

const ellipsisBytes = encoder.encode(ellipsis).length;

/** How many attributes of one's own a span takes. An SDK keeps 128 by default, and the call's own come first. */
const maxAttributes = 32;

/** Those of the attributes that a span takes, their text cut. Of a list, as many of the first texts as fit. */
export function shortenAttributes(attributes: Attributes): Attributes {
  const taken: Attributes = {};
  for (const [key, value] of Object.entries(attributes).slice(0, maxAttributes)) {
    if (value !== undefined) {
      taken[shorten(key)] = shortenValue(value);
    }
  }
  return taken;
}

function shortenValue(value: AttributeValue): AttributeValue {
  if (typeof value === "string") {
    return shorten(value);
  }
  if (!Array.isArray(value)) {
    return value;
  }
  let left = maxTextBytes;
  const fitting: unknown[] = [];
  for (const item of value) {
    const short = typeof item === "string" ? shorten(item) : item;
    left -= typeof short === "string" ? encoder.encode(short).length : 8;
    if (left < 0) {
      break;
    }
    fitting.push(short);
  }
  return fitting as AttributeValue;
}
