import { base64ToHex } from "./bytes.ts";

const traceIdForm = /^[0-9a-f]{32}$/;
const spanIdForm = /^[0-9a-f]{16}$/;
const anyHex = /^[0-9a-fA-F]+$/;
const base64Form = /^[A-Za-z0-9+/_-]+={0,2}$/;

/** An id as the model has it, and what was odd about it: zeros were put before it, or it was made of what is no hex. */
export interface ReadId {
  id: string;
  quirk?: "padded-id" | "foreign-id";
}

/** Names of things and keys of databases that serve as ids, as in examples that are written by hand. */
const foreignForm = /^[\p{L}\p{N}_.:@/+=~#-]{1,128}$/u;

/**
 * Reads a trace id: hex in any case, also with fewer digits than 32 (64-bit ids of Zipkin and Jaeger, and tools that
 * leave out leading zeros), or base64 (protobuf's own JSON mapping, as Tempo answers). Of any other word an id is made, the
 * same each time.
 *
 * @returns 32 lower-case hex digits; undefined when it is no word, or all zero (W3C Trace Context, "trace-id").
 */
export function readTraceId(raw: unknown): ReadId | undefined {
  return isTraceId(raw) ? { id: raw } : readOddId(raw, 32);
}

/** Reads a span id in the same way: 16 lower-case hex digits; undefined when it is no word, or all zero. */
export function readSpanId(raw: unknown): ReadId | undefined {
  return isSpanId(raw) ? { id: raw } : readOddId(raw, 16);
}

/** Whether the text is a trace id as the model has it; the way for the many, without an object for each. */
export function isTraceId(raw: unknown): raw is string {
  return typeof raw === "string" && traceIdForm.test(raw) && raw !== zeroTraceId;
}

/** Whether the text is a span id as the model has it; the way for the many, without an object for each. */
export function isSpanId(raw: unknown): raw is string {
  return typeof raw === "string" && spanIdForm.test(raw) && raw !== zeroSpanId;
}

/** Nothing, as zeros in hex and in base64, and in words. */
const noId = /^(0*|A{11,}=*|null|none|nil|undefined)$/;

/** Whether a field that may hold a parent's id says that there is none. */
export function isNoId(raw: unknown): boolean {
  return raw === undefined || raw === null || (typeof raw === "string" && noId.test(raw));
}

const zeroTraceId = "0".repeat(32);
const zeroSpanId = "0".repeat(16);

function readOddId(raw: unknown, digits: number): ReadId | undefined {
  if (typeof raw !== "string" || isNoId(raw)) {
    return undefined;
  }
  if (raw.length <= digits && anyHex.test(raw)) {
    const id = raw.toLowerCase().padStart(digits, "0");
    return raw.length < digits ? { id, quirk: "padded-id" } : { id };
  }
  if (base64Form.test(raw)) {
    const id = base64ToHex(raw);
    if (id.length === digits) return /^0+$/.test(id) ? undefined : { id };
  }
  // Some tools write a trace id in the form of a UUID.
  const plain = raw.replaceAll("-", "");
  if (plain.length === digits && anyHex.test(plain)) return { id: plain.toLowerCase() };
  return foreignForm.test(raw) ? { id: madeOf(raw, digits), quirk: "foreign-id" } : undefined;
}

/** An id of so many hex digits, the same for the same word: for each eight FNV-1a of 32 bits, mixed as MurmurHash3 ends (fmix32). */
function madeOf(word: string, digits: number): string {
  let id = "";
  for (let part = 0; id.length < digits; part++) {
    let hash = 0x811c9dc5 ^ part;
    for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    id += ((hash ^ (hash >>> 16)) >>> 0).toString(16).padStart(8, "0");
  }
  return id;
}
