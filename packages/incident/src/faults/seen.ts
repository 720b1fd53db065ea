import type { TraceFacts } from "../facts.ts";
import type { Fault } from "../fault.ts";
import type { CallRecord } from "../record.ts";

/** Shown by a call. */
export function byCall(test: (it: CallRecord) => boolean): Fault["shownBy"] {
  return (it) => it.is === "call" && test(it);
}

/** Shown by the trace of a call. */
export function byTrace(test: (facts: TraceFacts, code: string) => boolean): Fault["shownBy"] {
  return (it) => it.is === "trace" && it.facts !== undefined && test(it.facts, it.code);
}

/** How much longer one hop took than another, in milliseconds; not a number where one of them is missing. */
export function between({ ms }: TraceFacts, outer: string, inner: string): number {
  return (ms[outer] ?? Number.NaN) - (ms[inner] ?? Number.NaN);
}

export function has({ counts }: TraceFacts, hop: string): boolean {
  return (counts[hop] ?? 0) > 0;
}
