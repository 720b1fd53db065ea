import type { Finding, Severity } from "../findings.ts";
import { severityOf } from "../findings.ts";

/** A finding, and the trace that shows it. */
export interface Shown {
  traceId: string;
  finding: Finding;
}

/** Findings that say the same of the same edge, in one trace or many. */
export interface Alike {
  /** What one of them says: that of the trace with the smallest id, so that the order of traces changes nothing. */
  finding: Finding;
  /** The trace of that one. */
  traceId: string;
  /** All traces that show it, in order of id. */
  traceIds: readonly string[];
  /** All of them, in order of trace. */
  all: readonly Shown[];
}

/** What is wrong, counted over traces, and what else is found only because of it. */
export interface Cause extends Alike {
  /** The most that any finding weighs that is part of this. */
  severity: Severity;
  /** What follows from it, most common first: it would not be there without it, as far as the traces show. */
  follows: readonly Alike[];
}

/** A finding with what grouping needs to know of it. */
export interface Linked extends Shown {
  /** From which finding it follows; absent when it stands by itself. */
  from?: Linked;
  /** More traces that show it, when it is about several. */
  otherTraceIds?: readonly string[];
}

const weights: readonly Severity[] = ["error", "warning", "note"];

/**
 * Groups findings by what causes them. Every finding is in exactly one group, as its root or among what follows. Pure; the
 * order of findings and of traces changes nothing.
 */
export function groupCauses(linked: readonly Linked[]): Cause[] {
  const groups = new Map<string, Group>();
  for (const it of linked) {
    const root = rootOf(it);
    const key = kindOf(root.finding);
    const group: Group = groups.get(key) ?? { roots: [], follows: new Map() };
    groups.set(key, group);
    if (root === it) {
      group.roots.push(it);
    } else {
      const own = kindOf(it.finding);
      const some = group.follows.get(own);
      if (some) some.push(it);
      else group.follows.set(own, [it]);
    }
  }
  return [...groups.values()].map(toCause).sort(byWeight);
}

function rootOf(it: Linked): Linked {
  let root = it;
  while (root.from) root = root.from;
  return root;
}

/** What findings have in common that are of one kind: all but what differs from trace to trace. */
export function kindOf({ code, edge, cause, about }: Finding): string {
  const where = about?.which ?? edge.replace(/\b[0-9a-f]{16}\b/g, "?");
  return [code, where, cause, ...(about ? [about.key, about.lacks] : [])].join("\n");
}

interface Group {
  roots: Linked[];
  follows: Map<string, Linked[]>;
}

function toCause({ roots, follows }: Group): Cause {
  const own = alike(roots);
  const below = [...follows.values()].map(alike).sort(byNumber);
  const severity = [own, ...below]
    .map(({ finding }) => severityOf(finding.code))
    .reduce((worst, it) => (weights.indexOf(it) < weights.indexOf(worst) ? it : worst));
  return { ...own, severity, follows: below };
}

function alike(linked: Linked[]): Alike {
  const all = linked.map(({ traceId, finding }) => ({ traceId, finding })).sort(byTrace);
  const [first] = all as [Shown];
  const traceIds = new Set(linked.flatMap((it) => [it.traceId, ...(it.otherTraceIds ?? [])]));
  return { ...first, traceIds: [...traceIds].sort(), all };
}

function byTrace(a: Shown, b: Shown): number {
  return compare([a.traceId, contentOf(a.finding)], [b.traceId, contentOf(b.finding)]);
}

/** Of several in one trace, any order will do as long as it does not come from the input's. */
function contentOf({ evidence, spanIds }: Finding): string {
  return [evidence, ...spanIds].join("\n");
}

function byNumber(a: Alike, b: Alike): number {
  return (
    b.traceIds.length - a.traceIds.length || b.all.length - a.all.length || compare(nameOf(a), nameOf(b))
  );
}

function byWeight(a: Cause, b: Cause): number {
  return weights.indexOf(a.severity) - weights.indexOf(b.severity) || byNumber(a, b);
}

function nameOf({ finding }: Alike): string[] {
  return [finding.code, finding.edge, finding.evidence];
}

function compare(a: readonly string[], b: readonly string[]): number {
  for (const [i, it] of a.entries()) {
    const other = b[i] as string;
    if (it !== other) return it < other ? -1 : 1;
  }
  return 0;
}

/** Joins the causes of several checks, as if their traces had been checked at once; what only all of them show is not found. */
export function joinCauses(checks: readonly (readonly Cause[])[]): Cause[] {
  return groupCauses(
    checks.flat().flatMap((cause) => {
      const root: Linked = linkedOf(cause, cause.all[0] as Shown);
      return [
        root,
        ...cause.all.slice(1).map((it) => linkedOf(cause, it)),
        ...cause.follows.flatMap((some) =>
          some.all.map((it): Linked => ({ ...linkedOf(some, it), from: root })),
        ),
      ];
    }),
  );
}

/** The traces beyond the finding's own stand with the first of those that are alike. */
function linkedOf({ traceIds, all }: Alike, it: Shown): Linked {
  return { ...it, ...(it === all[0] ? { otherTraceIds: traceIds } : {}) };
}
