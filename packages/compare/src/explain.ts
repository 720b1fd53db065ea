import type { Span } from "@envoy-mesh-lab/trace";
import { labelAt } from "@envoy-mesh-lab/trace";
import type { Until } from "./critical-path.ts";
import { fates } from "./critical-path.ts";
import type { Decomposer, Detail } from "./decompose.ts";
import type { HopRole } from "./hop.ts";
import { hopLabel } from "./hop.ts";
import type { PathRule } from "./rules.ts";
import { ruleOf } from "./rules.ts";

/** A trace's time, stretch by stretch. Times in ns. */
export interface Explanation {
  traceId: string;
  /** Each view's stretches lie end to end over its time; `last` is there where work went on after the answer. */
  answer: View;
  last?: View;
  /** The calls that take no share of the time until the answer, the longest first. */
  withoutShare: WithoutShare[];
}

export interface View {
  totalNs: number;
  stretches: Stretch[];
}

export interface Stretch {
  /** After the top span's start. */
  from: number;
  to: number;
  role: HopRole;
  /** Whose time it is. */
  label: string;
  rule: PathRule;
  /** The span whose time is divided here, and whose it is, in words. */
  spanId: string;
  span: string;
  name: string;
}

/** Why a call takes no share: another one outlasted it, nobody waited for it, or nothing tells where it belongs. */
export interface WithoutShare {
  why: "outlasted" | "not-waited-for" | "detached";
  ns: number;
  spanId: string;
  span: string;
  name: string;
}

/** Tells of a divided trace who got each stretch of its time, by which span and by which rule. */
export function explain(decomposer: Decomposer, detail: Detail): Explanation {
  const { decomposition } = detail;
  const { traceId, totalNs, untilLast } = decomposition;
  return {
    traceId,
    answer: { totalNs, stretches: stretchesOf(decomposer, detail, "answer") },
    ...(untilLast === undefined
      ? {}
      : { last: { totalNs: untilLast.totalNs, stretches: stretchesOf(decomposer, detail, "last") } }),
    withoutShare: withoutShareOf(detail),
  };
}

function stretchesOf(decomposer: Decomposer, detail: Detail, until: Until): Stretch[] {
  const found: Stretch[] = [];
  for (const { from, to, hop, span, ground } of decomposer.segments(detail, until)) {
    const stretch: Stretch = {
      from,
      to,
      role: hop.role,
      label: hopLabel(hop),
      rule: ruleOf(hop, ground),
      ...spanIn(detail, span),
    };
    const before = found.at(-1);
    const goesOn =
      before?.to === from &&
      before.spanId === stretch.spanId &&
      before.label === stretch.label &&
      before.rule === stretch.rule;
    if (goesOn) before.to = to;
    else found.push(stretch);
  }
  return found;
}

function withoutShareOf(detail: Detail): WithoutShare[] {
  const { index, fate, decomposition } = detail;
  const found: WithoutShare[] = [];
  for (let i = 0; i < index.spans.length; i++) {
    const isDetached = (index.parent[i] as number) < 0 && i !== decomposition.top;
    const why = isDetached
      ? "detached"
      : fate[i] === fates.beside
        ? "outlasted"
        : fate[i] === fates.notWaitedFor
          ? "not-waited-for"
          : undefined;
    if (why !== undefined) found.push({ why, ns: index.duration[i] as number, ...spanIn(detail, i) });
  }
  return found.sort((a, b) => b.ns - a.ns || (a.spanId < b.spanId ? -1 : 1));
}

function spanIn({ index }: Detail, at: number): { spanId: string; span: string; name: string } {
  const { spanId, name } = index.spans[at] as Span;
  return { spanId, span: labelAt(index, at), name };
}
