import type { Span } from "../../trace/model.ts";
import type { Finding } from "../findings.ts";
import type { Clock } from "../span-facts.ts";
import type { TraceIndex } from "../trace-index.ts";

/** What a rule looks at. */
export type RuleInput = {
  index: TraceIndex;
  clock: (span: Span) => Clock;
  /**
   * Places that an earlier rule has explained: what follows from the same cause is not told twice. Rules that run
   * later leave them out.
   */
  explained: Set<number>;
};

/** Looks for one kind of trouble in one trace. Pure, but for `explained`; independent of the order of spans. */
export type Rule = (input: RuleInput) => Finding[];
