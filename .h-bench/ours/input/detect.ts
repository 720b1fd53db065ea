import { latin1, viewOf } from "./bytes.ts";
import { packingOf } from "./packing.ts";

/** How an input is laid out, as its first bytes tell. */
export type Layout =
  /** JSON: one document, or one a line. */
  | "json"
  /** One protobuf message. */
  | "message"
  /** Messages, each with its length in 4 bytes before it, the high one first (the Collector's file exporter). */
  | "length-prefixed"
  /** Messages, each with its length as a varint before it (OpenTelemetry's specification of a file exporter). */
  | "delimited";

/** How many bytes are enough to tell. */
export const enoughToTell = 64;

/** Field 1, length-delimited: with it begin TracesData (resource_spans) and ResourceSpans (resource). */
const fieldOne = 0x0a;
/** Field 2, length-delimited: scope_spans, when there is no resource. */
const fieldTwo = 0x12;

/**
 * Tells from the first bytes of an input, unpacked, how it is laid out. Undefined when it is nothing that is known.
 *
 * @param head `enoughToTell` bytes, or all if there are fewer.
 */
export function detectLayout(head: Uint8Array): Layout | undefined {
  const text = latin1(head).trimStart();
  if (text.startsWith("{") || text.startsWith("[")) {
    return "json";
  }
  if (beginsMessage(head, 0)) {
    return "message";
  }
  if (head.length >= 5 && viewOf(head).getUint32(0) > 0 && beginsPayload(head.subarray(4))) {
    return "length-prefixed";
  }
  const length = varintAt(head, 0);
  return length !== undefined && length.value > 0 && beginsMessage(head, length.end)
    ? "delimited"
    : undefined;
}

/** What stands behind a length: a message, JSON, or one of these packed. */
function beginsPayload(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7b || packingOf(bytes) !== undefined || beginsMessage(bytes, 0);
}

/** A list of batches, and in it a batch. */
function beginsMessage(bytes: Uint8Array, start: number): boolean {
  if (bytes[start] !== fieldOne) {
    return false;
  }
  const length = varintAt(bytes, start + 1);
  const inner = length === undefined ? undefined : bytes[length.end];
  return length !== undefined && length.value > 1 && (inner === fieldOne || inner === fieldTwo);
}

function varintAt(bytes: Uint8Array, start: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let i = 0; i < 5 && start + i < bytes.length; i++) {
    const byte = bytes[start + i] as number;
    value += (byte & 0x7f) * 128 ** i;
    if (byte < 0x80) {
      return { value, end: start + i + 1 };
    }
  }
  return undefined;
}
