import type { TraceFacts } from "./facts.ts";

/** A call of the load, as its ledger has it. Times are in milliseconds since 1970. */
export interface CallRecord {
  readonly is: "call";
  /** When it was due. */
  readonly at: number;
  readonly rpc: string;
  readonly protocol: string;
  readonly drink: string;
  /** "ok", or the Connect code in snake case. */
  readonly code: string;
  readonly ms: number;
  readonly traceId?: string;
}

/** What was in Tempo of a call's trace, some seconds after the call. */
export interface TraceRecord {
  readonly is: "trace";
  /** When it was asked for. */
  readonly at: number;
  /** When the call was made. */
  readonly callAt: number;
  readonly code: string;
  readonly traceId: string;
  /** Absent when it was not there. */
  readonly facts?: TraceFacts;
}

/** Something that happened: to the mesh, or by the learner's hand. */
export interface EventRecord {
  readonly is: "event";
  readonly at: number;
  readonly what: "fault" | "alert" | "quiet" | "apply" | "replace" | "diagnosis" | "end" | "restart";
  readonly text: string;
}

export type LedgerRecord = CallRecord | TraceRecord | EventRecord;
