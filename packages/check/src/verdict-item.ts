import type { Finding } from "./findings.ts";

/**
 * What an expectation is about: how many traces or roots, a hop, what a hop's span says, all spans that a condition
 * chooses, spans that no hop claims, a finding that has to be there, or all other findings.
 */
export type VerdictKind = "traces" | "roots" | "hop" | "span" | "spans" | "others" | "finding" | "findings";

/**
 * What came of an expectation: it is met; what may be absent is; it is not met; or it is not met only because the hop
 * before is not: that was the same gap (`follows`), or there was nothing to look below (`unreached`).
 */
export type VerdictState = "met" | "absent" | "unmet" | "follows" | "unreached";

/** One expectation, and what came of it. */
export interface VerdictItem {
  kind: VerdictKind;
  state: VerdictState;
  /** Whether it is `met` or, as it may be, `absent`. */
  ok: boolean;
  /** What it is about, as findings name it: a hop, an edge, or the spans that a condition chooses. */
  edge?: string;
  /** What was expected, in words. */
  expectation: string;
  /** What was seen: instead of it, when it is not ok. */
  seen: string;
  /** The trace that it was looked for in; absent for what is about the whole input. */
  traceId?: string;
  /** The spans that show it. */
  spanIds: string[];
  /** Where it is said in the file of expectations: "hops[3].attributes.tenant.id". */
  path: string;
  /** The line of the file, when it was read from one; from 1. */
  line?: number;
  /** What tells more, with cause and remedy; absent when it is ok. */
  finding?: Finding;
}
