import type { Finding } from "../findings.ts";
import { severityOf } from "../findings.ts";
import type { InputFinding } from "../input-finding.ts";
import type { Linked, Shown } from "./causes.ts";
import { isEnd, isLack, tearRank } from "./explains.ts";
import type { EdgeIds, Relations } from "./follows.ts";

/** Which findings of an input follow from which, in one trace and between several. */
export class FindingLinks {
  readonly #from = new Map<Finding, Finding>();
  readonly #byTrace = new Map<string, Known[]>();
  readonly #replaced = new Map<Finding, Finding>();
  readonly #tracesOf = new Map<Finding, string[]>();

  /** Adds what `relate` found out about a trace. */
  add(traceId: string, findings: readonly Finding[], { from, topOf, edgeIds }: Relations): void {
    for (const [it, cause] of from) this.#from.set(it, cause);
    this.#byTrace.set(
      traceId,
      findings
        .filter((it) => !from.has(it) && (isLack(it) || isEnd(it) || edgeIds.has(it)))
        .map((finding) => ({ finding, edge: edgeIds.get(finding), top: topOf.get(finding) })),
    );
  }

  /** A finding over several traces stands in place of one that could only guess. */
  replace(old: Finding, by: Finding): void {
    this.#replaced.set(old, by);
  }

  /** Adds findings over several traces: what is said of the same edges in each of those traces follows from them. */
  addOverAll(found: readonly InputFinding[]): void {
    for (const { finding, calls } of found) {
      this.#tracesOf.set(
        finding,
        calls.map((it) => it.traceId),
      );
      const rank = tearRank(finding);
      if (rank === undefined) continue;
      for (const [i, { traceId, spanId }] of calls.entries()) {
        // Of a lost context, the second is the root that belongs below the call.
        const side = finding.code === "context.lost" && i === 1 ? "below" : "above";
        for (const it of this.#byTrace.get(traceId) ?? []) {
          if (!this.#from.has(it.finding) && follows(it, finding, rank, spanId, side)) {
            this.#from.set(it.finding, finding);
          }
        }
      }
    }
  }

  /** Findings with what they follow from: the nearest that is reported too. */
  link(told: readonly Shown[]): Linked[] {
    const linked = new Map<Finding, Linked>();
    for (const it of told) {
      const otherTraceIds = this.#tracesOf.get(it.finding);
      linked.set(it.finding, { ...it, ...(otherTraceIds ? { otherTraceIds } : {}) });
    }
    for (const it of linked.values()) {
      const from = this.#toldAbove(it.finding, linked);
      if (from) it.from = from;
    }
    return [...linked.values()];
  }

  #toldAbove(finding: Finding, linked: ReadonlyMap<Finding, Linked>): Linked | undefined {
    for (let at = this.#above(finding); at !== undefined; at = this.#above(at)) {
      const found = linked.get(at);
      if (found) return found;
    }
    return undefined;
  }

  #above(finding: Finding): Finding | undefined {
    const above = this.#from.get(finding);
    return above && (this.#replaced.get(above) ?? above);
  }
}

/** A finding of one trace, and where it is. */
interface Known {
  finding: Finding;
  edge: EdgeIds | undefined;
  /** The root below which all its spans are. */
  top: string | undefined;
}

/** Whether a finding of one trace follows from one over several, which is about this span of the trace, on that side of an edge. */
function follows(
  { finding, edge, top }: Known,
  overAll: Finding,
  rank: number,
  spanId: string,
  side: "above" | "below",
): boolean {
  if (severityOf(overAll.code) === "note" || finding === overAll) return false;
  if (edge?.[side].includes(spanId)) return (tearRank(finding) as number) >= rank;
  if (!isLack(finding)) return isEnd(finding) && finding.spanIds.includes(spanId);
  // Too few spans of some kind, wherever they should be; or what all spans lack below a root that was torn off.
  const isCount = finding.about?.key === "count";
  return (
    (isCount && (finding.about?.which !== undefined || finding.spanIds.includes(spanId))) ||
    (side === "below" && top === spanId)
  );
}
