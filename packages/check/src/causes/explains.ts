import type { Finding, FindingCode } from "../findings.ts";
import { severityOf } from "../findings.ts";
import { outcomeAttributes } from "../span-facts.ts";

/**
 * What breaks an edge of a trace, so that spans hang elsewhere or are not there. What says most about why stands first: of two
 * such findings on one edge, the later follows from the earlier.
 */
const tears: readonly FindingCode[] = [
  "context.lost",
  "sampling.mixed",
  "hop.sibling",
  "kind.one-span-proxy",
  "hop.cut-off",
  "hop.missing",
  "hop.wrong-parent",
  "span.missing-parent",
  "trace.several-roots",
  "trace.no-root",
  "kind.client-client",
  "kind.server-server",
  "span.unexpected",
];

/** What of these a call that was never sent on, or not waited for, explains: that nothing is below it. */
const ends: ReadonlySet<FindingCode> = new Set(["context.lost", "sampling.mixed"]);

/** Says that a call was answered before it was through, or given up. */
export function endsCall({ code }: Finding): boolean {
  return code === "status.local-reply" || code.startsWith("deadline.");
}

/** Breaks after which spans are missing, or what passes down with the context does not arrive. */
const losses: ReadonlySet<FindingCode> = new Set([
  "context.lost",
  "sampling.mixed",
  "hop.sibling",
  "hop.cut-off",
  "hop.missing",
  "hop.wrong-parent",
  "span.missing-parent",
]);

/** Says that below it spans may be missing, or carry less than they should. */
export function isLoss({ code }: Finding): boolean {
  return losses.has(code);
}

/** How near to the reason a break of an edge is; the smaller, the nearer. Undefined for what breaks none. */
export function tearRank({ code }: Finding): number | undefined {
  const rank = tears.indexOf(code);
  return rank < 0 ? undefined : rank;
}

/** Says that nothing is below a call, or too little. */
export function isEnd(finding: Finding): boolean {
  return ends.has(finding.code) || (finding.code === "expect.count" && finding.about?.lacks === true);
}

/** Says that something expected is not there; of a span, or spans. */
export function isLack({ about }: Finding): boolean {
  return about?.lacks === true;
}

/** Is about how a call ended, which its callers see too. */
export function isOutcome({ code, about }: Finding): boolean {
  return code === "expect.status" || (about !== undefined && outcomeAttributes.has(about.key));
}

/** Says that ids are used twice or in a circle, so that nothing about parents can be trusted. */
export function isBrokenData({ code }: Finding): boolean {
  return code === "span.duplicate-id" || code === "span.loop";
}

/** Says that a part of the trace could not be read; of values, see `losesValue`. */
export function losesSpans({ code }: Finding): boolean {
  return code.startsWith("input.") && severityOf(code) !== "note" && !losesValue(code);
}

/** Says that a value of some span could not be read. */
export function losesValue(code: FindingCode): boolean {
  return code === "input.unreadable-value";
}
