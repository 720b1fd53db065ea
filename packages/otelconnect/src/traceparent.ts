import { trimOptionalWhitespace } from "./optional-whitespace.ts";

/** What a `traceparent` header says. */
export interface Traceparent {
  /** 32 lower case hex digits, not all zero. */
  readonly traceId: string;
  /** 16 lower case hex digits, not all zero: `parent-id` of the specification. */
  readonly spanId: string;
  /** `sampledFlag` and `randomFlag`; flags that the specification does not know are taken away. */
  readonly flags: number;
}

/** The caller may have recorded its span; W3C Trace Context Level 2, "Sampled flag". */
export const sampledFlag = 0x01;

/** At least the last 7 bytes of the trace id are random; W3C Trace Context Level 2, "Random trace ID flag". */
export const randomFlag = 0x02;

const knownFlags = sampledFlag | randomFlag;

/** Length of a `traceparent` of version 00, in characters. */
const length = 55;

// Version ff is forbidden, and ids of zeros are.
const format = /^(?!ff)([0-9a-f]{2})-((?!0{32})[0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-([0-9a-f]{2})$/;

/**
 * Reads a `traceparent` header; W3C Trace Context Level 2, "traceparent Header Field Values" and, for versions that
 * come after 00, "Versioning of traceparent". Undefined if it is malformed, which restarts the trace.
 *
 * Two headers arrive as one with a comma, which no version has: they contradict each other, so neither counts.
 */
export function parseTraceparent(value: string): Traceparent | undefined {
  const text = trimOptionalWhitespace(value);
  const match = format.exec(text.slice(0, length));
  if (match === null || text.includes(",")) {
    return undefined;
  }
  const [, version = "", traceId = "", spanId = "", flags = ""] = match;
  const isWhole = text.length === length;
  // A later version may have more behind its flags, set off by a dash.
  if (!isWhole && (version === "00" || text[length] !== "-")) {
    return undefined;
  }
  return { traceId, spanId, flags: Number.parseInt(flags, 16) & knownFlags };
}

/** Writes a `traceparent` header of version 00, the highest that is known here. */
export function formatTraceparent({ traceId, spanId, flags }: Traceparent): string {
  return `00-${traceId}-${spanId}-0${flags & knownFlags}`;
}
