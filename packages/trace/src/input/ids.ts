import { base64ToHex } from "./bytes.ts";

const traceIdForm = /^[0-9a-f]{32}$/;
const spanIdForm = /^[0-9a-f]{16}$/;
const anyHex = /^[0-9a-fA-F]+$/;
const base64Form = /^[A-Za-z0-9+/_-]+={0,2}$/;

/** An id as the model has it, and whether zeros had to be put before it. */
export interface ReadId {
  id: string;
  padded: boolean;
}

/**
 * Reads a trace id: hex in any case, also with fewer digits than 32 (64-bit ids of Zipkin and Jaeger, and tools that
 * leave out leading zeros), or base64 (protobuf's own JSON mapping, as Tempo answers).
 *
 * @returns 32 lower-case hex digits; undefined when it is no id, or all zero (W3C Trace Context, "trace-id").
 */
export function readTraceId(raw: unknown): ReadId | undefined {
  return isTraceId(raw) ? { id: raw, padded: false } : readOddId(raw, 32);
}

/** Reads a span id in the same way: 16 lower-case hex digits; undefined when it is no id, or all zero. */
export function readSpanId(raw: unknown): ReadId | undefined {
  return isSpanId(raw) ? { id: raw, padded: false } : readOddId(raw, 16);
}

/** Whether the text is a trace id as the model has it; the way for the many, without an object for each. */
export function isTraceId(raw: unknown): raw is string {
  return typeof raw === "string" && traceIdForm.test(raw) && raw !== zeroTraceId;
}

/** Whether the text is a span id as the model has it; the way for the many, without an object for each. */
export function isSpanId(raw: unknown): raw is string {
  return typeof raw === "string" && spanIdForm.test(raw) && raw !== zeroSpanId;
}

/** Whether a field that may hold a parent's id says that there is none. */
export function isNoId(raw: unknown): boolean {
  return (
    raw === undefined || raw === null || raw === "" || (typeof raw === "string" && /^(0+|A+=*)$/.test(raw))
  );
}

const zeroTraceId = "0".repeat(32);
const zeroSpanId = "0".repeat(16);

function readOddId(raw: unknown, digits: number): ReadId | undefined {
  if (typeof raw !== "string" || raw === "" || isNoId(raw)) {
    return undefined;
  }
  if (raw.length <= digits && anyHex.test(raw)) {
    return { id: raw.toLowerCase().padStart(digits, "0"), padded: raw.length < digits };
  }
  if (base64Form.test(raw)) {
    const id = base64ToHex(raw);
    return id.length === digits && !/^0+$/.test(id) ? { id, padded: false } : undefined;
  }
  // Some tools write a trace id in the form of a UUID.
  const plain = raw.replaceAll("-", "");
  return plain.length === digits && anyHex.test(plain)
    ? { id: plain.toLowerCase(), padded: false }
    : undefined;
}
