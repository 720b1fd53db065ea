import { isAnswering, isAsking, isDeferred, longest, type SpanIndex, startsAfter } from "./span-index.ts";

/** Every span of a tree on one time line: that of the clock of the tree's top. */
export type Placement = {
  /** How long after the top each span starts, in ns; meaningless for spans outside the tree. */
  at: Float64Array;
  /** Whether the span's place was told by its parent's clock; else it was set by durations alone. */
  byClock: Uint8Array;
  /** The spans of the tree, parents before children. */
  order: Int32Array;
  /** By how much answers took longer than the calls that they answer, over all of the tree, in ns. */
  excess: number;
};

/**
 * Puts the spans of a tree on one time line, although their clocks may disagree by any constant.
 *
 * A child whose clock is its parent's stands where the clock says. Children with another clock keep their distances
 * among themselves and are put so that the time that is left over is shared equally before and after them: that is
 * NTP's assumption (RFC 5905, section 8: both ways take as long), and needs nothing but durations. Several groups of
 * clocks below one span follow each other when they fit, and lie upon each other when not. So adding a constant to
 * all times of one clock changes nothing.
 */
export function place(index: SpanIndex, top: number): Placement {
  const { duration, firstChild, nextSibling } = index;
  const count = duration.length;
  const placement: Placement = {
    at: new Float64Array(count),
    byClock: new Uint8Array(count),
    order: new Int32Array(count),
    excess: 0,
  };
  const { at, byClock, order } = placement;
  order[0] = top;
  let filled = 1;
  for (let next = 0; next < filled; next++) {
    const parent = order[next] as number;
    let foreign: number[] | undefined;
    for (let child = firstChild[parent] as number; child >= 0; child = nextSibling[child] as number) {
      order[filled++] = child;
      if (sharesClock(index, parent, child)) {
        byClock[child] = 1;
        at[child] = (at[parent] as number) + startsAfter(index, child, parent);
      } else if (isDeferred(index, parent, child)) {
        // It takes no share, so any place will do.
        at[child] = at[parent] as number;
      } else if (foreign === undefined) {
        foreign = [child];
      } else {
        foreign.push(child);
      }
    }
    if (foreign?.length === 1) {
      placeOne(placement, at[parent] as number, duration[parent] as number, foreign[0] as number, duration);
    } else if (foreign !== undefined) {
      placeGroups(placement, index, parent, foreign);
    }
  }
  placement.order = order.subarray(0, filled);
  return placement;
}

/** Whether the absolute times of a parent and its child can be compared. */
function sharesClock(index: SpanIndex, parent: number, child: number): boolean {
  if (index.clock[parent] !== index.clock[child]) {
    return false;
  }
  // One service may be several machines; a call that comes in may have come from another one.
  return index.exactClock[child] === 1 || !isEntry(index, parent, child);
}

function isEntry(index: SpanIndex, parent: number, child: number): boolean {
  const kind = index.spans[child]?.kind ?? "unspecified";
  return isAnswering(kind) && isAsking(index.spans[parent]?.kind ?? "unspecified");
}

function placeOne(to: Placement, from: number, room: number, child: number, duration: Float64Array): void {
  const left = room - (duration[child] as number);
  to.at[child] = from + (left > 0 ? Math.floor(left / 2) : 0);
  if (left < 0) addExcess(to, -left);
}

/** Adds up to a bound below which sums are exact, so that the order of adding plays no part. */
function addExcess(to: Placement, ns: number): void {
  to.excess = Math.min(to.excess + ns, longest);
}

/**
 * Children of one clock: how long after the first of the list the earliest one starts, and how long from there until the
 * last one ends, in ns.
 */
type Group = { members: number[]; start: number; extent: number };

function placeGroups(to: Placement, index: SpanIndex, parent: number, children: number[]): void {
  const groups = groupByClock(index, children);
  const room = index.duration[parent] as number;
  const from = to.at[parent] as number;
  const total = groups.reduce((sum, it) => sum + it.extent, 0);
  const gap = Math.floor((room - total) / (groups.length + 1));
  let next = from;
  for (const { members, start, extent } of groups) {
    const left = room - extent;
    if (left < 0) addExcess(to, -left);
    const place = total <= room ? next + gap : from + (left > 0 ? Math.floor(left / 2) : 0);
    next = place + extent;
    for (const it of members) {
      to.at[it] = place + startsAfter(index, it, members[0] as number) - start;
    }
  }
}

function groupByClock(index: SpanIndex, children: number[]): Group[] {
  const idOf = (child: number) => index.spans[child]?.spanId ?? "";
  const byClock = new Map<string, Group>();
  for (const child of children.sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1))) {
    // Calls into a service whose machines are not known may have gone to different ones: each is a group.
    const key = index.exactClock[child] === 1 ? `${index.clock[child]}` : idOf(child);
    const group = byClock.get(key);
    if (group === undefined) {
      byClock.set(key, { members: [child], start: 0, extent: index.duration[child] as number });
      continue;
    }
    const start = startsAfter(index, child, group.members[0] as number);
    const end = Math.max(group.start + group.extent, start + (index.duration[child] as number));
    group.members.push(child);
    group.start = Math.min(group.start, start);
    group.extent = end - group.start;
  }
  return [...byClock.values()];
}
