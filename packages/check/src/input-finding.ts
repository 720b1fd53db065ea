import type { Finding } from "./findings.ts";

/** A finding about the input as a whole. */
export interface InputFinding {
  finding: Finding;
  /** All calls that it is about; the trace of the first one shows it. */
  calls: { traceId: string; spanId: string }[];
}
