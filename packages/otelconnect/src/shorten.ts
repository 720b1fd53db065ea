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
