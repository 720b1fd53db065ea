import type { Clock, Span, TraceIndex } from "@envoy-mesh-lab/trace";
import { clockGrain, duration, earlyTolerance, edgeAt, idsAt, lateTolerance } from "@envoy-mesh-lab/trace";
import type { Finding } from "../findings.ts";
import type { Rule } from "./rule.ts";

/** In nanoseconds, as the times of an index are. */
const [early, late] = [Number(earlyTolerance), Number(lateTolerance)];

/** The tolerance for callees that end late where several do: not each process is held up twice in a trace. In nanoseconds. */
const lateOften = 10e6;

/**
 * Clocks that differ. A call holds what it called: if the callee's clock is `o` ahead, then its start minus `o` is not
 * before the call's start, and its end minus `o` not after the call's end. Every call between two clocks narrows `o`; one
 * that leaves no `o` possible (the child took longer than the parent) is not about clocks and is left out.
 */
export const checkSkew: Rule = ({ index, clock, process }) => {
  const pairs: Pairs = new Map();
  for (let i = 0; i < index.spans.length; i++) {
    const parent = index.parent[i] as number;
    if (parent < 0 || index.untimed.has(i) || index.untimed.has(parent)) continue;
    const above = index.spans[parent] as Span;
    const below = index.spans[i] as Span;
    // One resource has one clock.
    if (above.resource === below.resource) continue;
    if (below.kind === "consumer" || above.kind === "producer") continue;
    const [caller, callee] = [clock(above), clock(below)];
    // Replicas of a service that nothing tells apart may be one process, whose times need no explanation.
    if (caller.id === callee.id || process(above) === process(below)) continue;
    // A handler that passed its context on need not have waited: only that it began before is sure.
    const isCall = above.kind === "client" || index.isProxy[parent] === 1;
    const low = isCall ? (index.end[i] as number) - (index.end[parent] as number) : Number.NEGATIVE_INFINITY;
    const high = (index.start[i] as number) - (index.start[parent] as number);
    if (low > high) continue;
    const [surelyLow, surelyHigh] = sureBounds(index, parent, i, low, high);
    const swapped = caller.id > callee.id;
    const [first, second] = swapped ? [callee, caller] : [caller, callee];
    const bounds = boundsOf(pairs, first, second);
    if (bounds.calls === 0) bounds.edge = [parent, i];
    bounds.low = Math.max(bounds.low, swapped ? -high : low);
    bounds.high = Math.min(bounds.high, swapped ? -low : high);
    // How sure each end is depends on the direction of the call.
    bounds.calls++;
    bounds.sureLow = Math.max(bounds.sureLow, swapped ? -surelyHigh : surelyLow);
    bounds.sureHigh = Math.min(bounds.sureHigh, swapped ? -surelyLow : surelyHigh);
    if (low > lateOften) bounds.late[swapped ? 1 : 0].push(low - lateOften);
  }
  return [...pairs.values()]
    .flatMap((it) => [...it.values()])
    .map(withSeveral)
    .flatMap((it): Finding[] => {
      const sure = (it.sureLow > 0 || it.sureHigh < 0) && it.low <= it.high;
      if (!sure) return [];
      const [ahead, behind] = it.sureLow > 0 ? [it.second, it.first] : [it.first, it.second];
      const [least, most] = [Math.abs(it.low), Math.abs(it.high)].sort((x, y) => x - y) as [number, number];
      const by =
        most === Number.POSITIVE_INFINITY
          ? `at least ${duration(least)}`
          : `about ${duration((least + most) / 2)}, give or take ${duration((most - least) / 2)}`;
      return [
        {
          code: "time.clock-skew",
          edge: edgeAt(index, ...it.edge),
          evidence: `the clock of ${ahead.name} is ahead of ${behind.name}'s by ${by} (from ${it.calls} ${it.calls === 1 ? "call" : "calls"}): only with that offset does each call enclose what it called`,
          cause: "the clocks of the two hosts are not synchronised closely enough",
          remedy:
            "synchronise them (chrony, NTP); until then compare durations only, never a time of one host with a time of the other",
          spanIds: idsAt(index, [it.edge[1], it.edge[0]]),
        },
      ];
    });
};

/**
 * Between which two the callee's clock is ahead for sure. What is no matter of clocks widens the bounds, but a callee that
 * starts after its call had ended, or ends before it began, is one at any size that the clocks can tell.
 */
function sureBounds(
  index: TraceIndex,
  call: number,
  callee: number,
  low: number,
  high: number,
): [number, number] {
  const [caller, called] = [index.spans[call] as Span, index.spans[callee] as Span];
  let afterEnd = (index.start[callee] as number) - (index.end[call] as number);
  let beforeStart = (index.end[callee] as number) - (index.start[call] as number);
  // Each is at least so much, as both clocks round down; 0 would still be one moment.
  if (afterEnd > 0) afterEnd = afterEnd - Number(clockGrain(caller)) + 1;
  if (beforeStart < 0) beforeStart = beforeStart + Number(clockGrain(called)) - 1;
  // A caller that gave up does not wait for its callee to start.
  const isAfter = afterEnd > 0 && low !== Number.NEGATIVE_INFINITY && caller.status.code !== "error";
  return [
    isAfter ? Math.max(low - late, afterEnd) : low - late,
    beforeStart < 0 ? Math.min(high + early, beforeStart) : high + early,
  ];
}

/** Where several callees of one clock end late, that is sure too, though each alone may have been held up. */
function withSeveral(it: Bounds): Bounds {
  const [ahead, behind] = it.late.map((all) =>
    all.length > 1 ? Math.max(...all) : Number.NEGATIVE_INFINITY,
  );
  return {
    ...it,
    sureLow: Math.max(it.sureLow, ahead as number),
    sureHigh: Math.min(it.sureHigh, -(behind as number)),
  };
}

interface Bounds {
  first: Clock;
  second: Clock;
  /** Between these two the second clock is ahead of the first, in nanoseconds. */
  low: number;
  high: number;
  /** The same, widened by what is no matter of clocks. */
  sureLow: number;
  sureHigh: number;
  /** By how much callees end late, beyond `lateOften`: those with the second clock, and those with the first. */
  late: [number[], number[]];
  edge: [number, number];
  calls: number;
}

/** By the ids of the two clocks, the lesser one first. */
type Pairs = Map<string, Map<string, Bounds>>;

function boundsOf(pairs: Pairs, first: Clock, second: Clock): Bounds {
  let inner = pairs.get(first.id);
  if (inner === undefined) {
    inner = new Map();
    pairs.set(first.id, inner);
  }
  let bounds = inner.get(second.id);
  if (bounds === undefined) {
    bounds = {
      first,
      second,
      low: Number.NEGATIVE_INFINITY,
      high: Number.POSITIVE_INFINITY,
      sureLow: Number.NEGATIVE_INFINITY,
      sureHigh: Number.POSITIVE_INFINITY,
      late: [[], []],
      edge: [0, 0],
      calls: 0,
    };
    inner.set(second.id, bounds);
  }
  return bounds;
}
