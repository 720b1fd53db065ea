import type { Explanation } from "@envoy-mesh-lab/compare";
import { Decomposer, explain } from "@envoy-mesh-lab/compare";
import type { Origin, OriginFinder, Span, Trace } from "@envoy-mesh-lab/trace";
import { childrenOf, missingParent, originFinder, serviceOf } from "@envoy-mesh-lab/trace";
import { shown } from "./shown.ts";

/** Who made a span, as the page colours it: an application answering or working, its client side, or a proxy. */
export type Maker = "app" | "client" | "proxy";

/** A stretch of the critical path, in ns after the answer's beginning. */
export interface PathPiece {
  readonly from: number;
  readonly to: number;
  readonly role: Explanation["answer"]["stretches"][number]["role"];
}

/** A span of a waterfall. Times are in ns after the beginning of the top span. */
export interface WaterfallRow {
  readonly spanId: string;
  readonly depth: number;
  /** How many rows below it are its descendants. */
  readonly below: number;
  readonly maker: Maker;
  /** Who made it: "gateway-proxy outbound". */
  readonly label: string;
  readonly kind: string;
  readonly name: string;
  readonly isError: boolean;
  /** Its parent is not in the trace. */
  readonly isOrphan: boolean;
  readonly from: number;
  readonly duration: number;
  /** The stretches of the critical path that are this span's to tell. */
  readonly path: readonly PathPiece[];
  /** Why it takes no share of the time; absent where it does, or belongs to one that does. */
  readonly without?: Explanation["withoutShare"][number]["why"];
}

/** A part of a trace's time. */
export interface Share {
  readonly role: PathPiece["role"];
  /** Whose time it is: "gateway → gateway-proxy outbound". */
  readonly label: string;
  readonly ns: number;
}

/** A trace as a waterfall. */
export interface Waterfall {
  readonly rows: readonly WaterfallRow[];
  /** The first and the last moment that are drawn, in ns after the beginning of the top span. */
  readonly from: number;
  readonly to: number;
  /** The time until the answer, in ns. */
  readonly totalNs: number;
  /** How it is divided, without remainder: each place once, the one with the largest share first. */
  readonly shares: readonly Share[];
  /** When the top span began, in nanoseconds since 1970. */
  readonly zeroNs: bigint;
}

/**
 * Lays out a trace: every span in the order of the tree, where the decomposition of `compare` put it on one time line (so
 * that clocks that disagree are set right), with the critical path on it.
 */
export function waterfallOf(trace: Trace, findOrigins: OriginFinder = originFinder()): Waterfall {
  const decomposer = new Decomposer();
  const detail = decomposer.detail(trace, findOrigins);
  const { answer, withoutShare } = explain(decomposer, detail);
  const { index, placement, decomposition } = detail;
  const { top } = decomposition;
  const inTree = new Set(placement.order);
  const zero = placement.at[top] ?? 0;
  const zeroOutside = index.start[top] ?? 0;
  // Spans below another root have no place on the top's time line but what their own clocks say.
  const fromOf = (i: number) =>
    inTree.has(i) ? (placement.at[i] as number) - zero : (index.start[i] as number) - zeroOutside;
  const pieces = Map.groupBy(answer.stretches, (it) => it.spanId);
  const without = new Map(withoutShare.map((it) => [it.spanId, it.why]));
  const rows: Mutable<WaterfallRow>[] = [];
  const open: (readonly [place: number, depth: number])[] = tops(index.parent, top)
    .sort((a, b) => fromOf(b) - fromOf(a))
    .map((it) => [it, 0] as const);
  if (top >= 0) open.push([top, 0]);
  // With a stack of its own: a trace may be deeper than the call stack.
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [place, depth] = next;
    const span = index.spans[place] as Span;
    const why = without.get(span.spanId);
    rows.push({
      ...rowOf(span, index.who[place] as Origin),
      depth,
      below: 0,
      isOrphan: index.parent[place] === missingParent,
      from: fromOf(place),
      duration: index.duration[place] as number,
      path: fewer(pieces.get(span.spanId) ?? [], answer.totalNs),
      ...(why === undefined ? {} : { without: why }),
    });
    const children = [...childrenOf(index, place)].sort((a, b) => fromOf(b) - fromOf(a) || b - a);
    for (const child of children) open.push([child, depth + 1]);
  }
  countBelow(rows);
  return {
    rows,
    ...rangeOf(rows),
    totalNs: answer.totalNs,
    shares: sharesOf(answer.stretches),
    zeroNs: index.spans[top]?.startNs ?? index.baseNs,
  };
}

/** Pieces of a span beyond so many cannot be told apart on a screen, and would take long to draw. */
const mostPieces = 200;

/** Pieces as they are drawn: where there are many, those of one role that all but touch are one. */
function fewer(pieces: Explanation["answer"]["stretches"], wholeNs: number): PathPiece[] {
  if (pieces.length <= mostPieces) return pieces.map(({ from, to, role }) => ({ from, to, role }));
  const joined: Mutable<PathPiece>[] = [];
  for (const { from, to, role } of pieces) {
    const before = joined.at(-1);
    if (before?.role === role && from - before.to < wholeNs / 500) before.to = to;
    else joined.push({ from, to, role });
  }
  return joined
    .sort((a, b) => b.to - b.from - (a.to - a.from))
    .slice(0, mostPieces)
    .sort((a, b) => a.from - b.from);
}

function sharesOf(stretches: Explanation["answer"]["stretches"]): Share[] {
  return [...Map.groupBy(stretches, (it) => `${it.role} ${it.label}`).values()]
    .map((all) => {
      const { role, label } = all[0] as (typeof all)[number];
      return { role, label: shown(label), ns: all.reduce((sum, { from, to }) => sum + to - from, 0) };
    })
    .sort((a, b) => b.ns - a.ns);
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The spans without a parent, but for the top. */
function tops(parent: Int32Array, top: number): number[] {
  const found: number[] = [];
  parent.forEach((above, i) => {
    if (above < 0 && i !== top) found.push(i);
  });
  return found;
}

function rowOf(span: Span, who: Origin) {
  const isAsking = span.kind === "client" || span.kind === "producer";
  return {
    spanId: span.spanId,
    maker: who.role === "proxy" ? ("proxy" as const) : isAsking ? ("client" as const) : ("app" as const),
    label: shown([serviceOf(span), who.direction].filter(Boolean).join(" ")),
    kind: span.kind.toUpperCase(),
    name: shown(span.name),
    isError: span.status.code === "error",
  };
}

/** A row's descendants are the rows after it that are deeper, up to the first that is not. */
function countBelow(rows: Mutable<WaterfallRow>[]): void {
  const above: number[] = [];
  const close = (depth: number, end: number) => {
    while (above.length > depth) {
      const at = above.pop() as number;
      (rows[at] as Mutable<WaterfallRow>).below = end - at - 1;
    }
  };
  rows.forEach(({ depth }, i) => {
    close(depth, i);
    above.push(i);
  });
  close(0, rows.length);
}

function rangeOf(rows: readonly WaterfallRow[]): { from: number; to: number } {
  let [from, to] = [0, 0];
  for (const it of rows) {
    from = Math.min(from, it.from);
    to = Math.max(to, it.from + it.duration);
  }
  return { from, to };
}
