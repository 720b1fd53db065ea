import type { Trace } from "@envoy-mesh-lab/trace";
import { indexTrace, labelAt } from "@envoy-mesh-lab/trace";
import type { CheckGrade, Fault, GradeItem } from "./grade.ts";

/** One thing that is wrong, wherever it shows. */
export interface Cause {
  /** The item in which it shows first. */
  item: GradeItem;
  /** The checks in which it shows, by name. */
  checks: string[];
  /** How many other items are not as expected in the same checks, and may be only because of this. */
  followers: number;
  /** Traces of the check in which it shows first. */
  drawn: Trace[];
}

/** What a grade comes to. */
export interface Verdict {
  ok: boolean;
  /** How many items are as expected, and how many there are. */
  met: number;
  of: number;
  /** The causes, those first from which others follow. */
  causes: Cause[];
}

/**
 * Which faults may bring about others in the same check, the strongest first: calls that cannot be made, or end otherwise, have
 * other traces; and where traces are cut or joined wrongly, counts and what spans say are not as expected either. Faults that are
 * not here stand for themselves.
 */
const order: readonly RegExp[] = [
  /^(command\.|call\.contract$|alert\.query$)/,
  /^(call\.(code|no-trace)|trace\.missing)$/,
  /^(context|hop|kind|sampling|retry|deadline|status|trace)\./,
  /^(traces\.count|span\.unexpected|spans\.unknown|call\.answer|finding\.missing|expect\..*|time\.(?!share).*)$/,
];

/** How strong an item's strongest fault is, from 0; undefined where it stands for itself. */
function strengthOf({ faults }: GradeItem): number | undefined {
  const found = faults.map(({ code }) => order.findIndex((it) => it.test(code))).filter((it) => it >= 0);
  return found.length === 0 ? undefined : Math.min(...found);
}

/**
 * Says of a grade what is wrong, each thing once, and leaves out what only follows from it. Not by the causes of `check`: those are
 * of findings, and come from how spans hang together, while most of what is graded is none, such as answers, alerts and counts.
 */
export function toVerdict(checks: readonly CheckGrade[]): Verdict {
  const items = checks.flatMap((it) => it.items);
  const causes = new Map<string, Cause>();
  for (const check of checks) {
    const { roots, followers } = rootsOf(check);
    for (const [i, item] of roots.entries()) {
      const key = keyOf(item);
      const known = causes.get(key);
      // What follows is said of the first cause of a check, as nobody knows of which it does.
      const more = i === 0 ? followers : 0;
      if (known === undefined) {
        causes.set(key, { item, checks: [check.name], followers: more, drawn: check.drawn });
      } else {
        if (!known.checks.includes(check.name)) known.checks.push(check.name);
        known.followers += more;
      }
    }
  }
  const strength = ({ item }: Cause) => strengthOf(item) ?? order.length;
  return {
    ok: checks.every((it) => it.ok),
    met: items.filter((it) => it.ok).length,
    of: items.length,
    causes: [...causes.values()].sort((a, b) => strength(a) - strength(b)),
  };
}

/** The items of a check that are wrong by themselves, the strongest first, and how many may follow from them. */
function rootsOf({ items }: CheckGrade): { roots: GradeItem[]; followers: number } {
  const wrong = items.filter((it) => !it.ok);
  const strengths = wrong.flatMap((it) => strengthOf(it) ?? []);
  const strongest = Math.min(...strengths);
  const isRoot = (it: GradeItem) => [undefined, strongest].includes(strengthOf(it));
  const roots = wrong
    .filter(isRoot)
    .sort((a, b) => (strengthOf(a) ?? order.length) - (strengthOf(b) ?? order.length));
  return { roots, followers: wrong.length - roots.length };
}

/** By what two items are the same cause: what is wrong, and where; of those without a fault, what was expected. */
function keyOf(item: GradeItem): string {
  const [fault] = [...item.faults].sort((a, b) => rank(a) - rank(b));
  return fault === undefined ? item.expectation : `${fault.code} ${fault.edge ?? item.expectation}`;
}

function rank({ code }: Fault): number {
  const found = order.findIndex((it) => it.test(code));
  return found < 0 ? order.length : found;
}

/** The traces that are worth a picture: of each shape one, of those that show what is wrong first. */
export function picturesOf(checks: readonly CheckGrade[]): Trace[] {
  const wrongFirst = [...checks].sort((a, b) => Number(a.ok) - Number(b.ok));
  return [
    ...new Map(
      wrongFirst
        .flatMap((it) => it.drawn)
        .toReversed()
        .map((it) => [shapeOf(it), it] as const),
    ).values(),
  ].toReversed();
}

/** What a picture of a trace shows beside times: who has a span below whom. */
function shapeOf(trace: Trace): string {
  const index = indexTrace(trace);
  const edges = index.spans.map((_, i) => {
    const parent = index.parent[i] ?? -1;
    return `${parent < 0 ? "" : labelAt(index, parent)} > ${labelAt(index, i)}`;
  });
  return edges.sort().join("\n");
}
