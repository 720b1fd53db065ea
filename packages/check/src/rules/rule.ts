import type { Clock, Span, TraceIndex } from "@envoy-mesh-lab/trace";
import type { Finding } from "../findings.ts";

/** What a rule looks at. */
export interface RuleInput {
  index: TraceIndex;
  /** Whose clock a span was timed by. */
  clock: (span: Span) => Clock;
  /** Which process made a span; the same text for the same process. */
  process: (span: Span) => string;
  /**
   * Places that an earlier rule has explained: what follows from the same cause is not reported twice. Rules that run
   * later leave them out.
   */
  explained: Set<number>;
}

/** Looks for one kind of trouble in one trace. Pure, but for `explained`; independent of the order of spans. */
export type Rule = (input: RuleInput) => Finding[];
