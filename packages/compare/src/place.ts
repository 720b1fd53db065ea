import type { Activities } from "./activity.ts";
import { activitiesOf, sharesClock } from "./activity.ts";
import { adoptStrays } from "./adopt.ts";
import { FreeTime } from "./free-time.ts";
import type { SpanIndex } from "./span-index.ts";
import { isAsking, isDeferred, longest, startsAfter } from "./span-index.ts";

/** Every span of a tree on one time line: that of the clock of the tree's top. */
export interface Placement {
  activities: Activities;
  /** How long after the top each span starts, in ns; meaningless for spans outside the tree. */
  at: Float64Array;
  /** Whether the span's place was told by its activity's clock; else it was set by durations alone. */
  byClock: Uint8Array;
  /** The spans of the tree, parents before children. */
  order: Int32Array;
  /** Of each head when the last span of its activity, or of what that asked for, ended. As `at`. */
  reach: Float64Array;
  /** By how much answers took longer than the calls that they answer, over all of the tree, in ns. */
  excess: number;
  /** Messages that by another clock were taken up before they were sent: they count from their sending on. */
  unseenQueue: number;
  /** Messages that were taken up on another clock, and in all for how long they lay by the two clocks. */
  queued: Untold;
  /** Answers that by their own clock lie outside of their calls, and in all by how much: they count as inside. */
  outside: Untold;
  /** Answers without a calling span, and in all how long: told one after the other, as nothing tells their order. */
  laidOut: Untold;
  /** The same of those that fit nowhere between what else went on, and lie upon it. */
  crowded: Untold;
}

/** Spans of which something is not known, and how long they took in all, in ns. */
export interface Untold {
  spans: number;
  ns: number;
}

/**
 * Puts the spans of a tree on one time line, although their clocks may disagree by any constant.
 *
 * A call whose clock is its activity's stands where the clock says. Calls with another clock keep their distances among
 * themselves. Where one CLIENT span holds them, they are put so that the time that is left over is shared equally before
 * and after: that is NTP's assumption (RFC 5905, section 8: both ways take as long), and needs nothing but durations.
 * Where no CLIENT span holds them they are put into the time that no other call takes, one after the other when they
 * fit, and upon each other when not. So adding a constant to all times of one clock changes nothing, but for how long
 * messages lay that were taken up on another clock: only the two clocks tell that, and nobody waits for it.
 */
export function place(index: SpanIndex, top: number): Placement {
  const activities = activitiesOf(index, top);
  adoptStrays(index, activities);
  const count = index.duration.length;
  const placement: Placement = {
    activities,
    at: new Float64Array(count),
    byClock: new Uint8Array(count),
    order: activities.order,
    reach: new Float64Array(count),
    excess: 0,
    unseenQueue: 0,
    queued: { spans: 0, ns: 0 },
    outside: { spans: 0, ns: 0 },
    laidOut: { spans: 0, ns: 0 },
    crowded: { spans: 0, ns: 0 },
  };
  const heads = [top];
  for (let next = 0; next < heads.length; next++) {
    const head = heads[next] as number;
    placeMembers(placement, index, head);
    placeCalls(placement, index, head, heads);
  }
  const { reach } = placement;
  const { firstCall, nextCall } = activities;
  for (let i = heads.length - 1; i >= 0; i--) {
    const head = heads[i] as number;
    for (let call = firstCall[head] as number; call >= 0; call = nextCall[call] as number) {
      if ((reach[call] as number) > (reach[head] as number)) reach[head] = reach[call] as number;
    }
  }
  return placement;
}

/** Puts the spans of an activity, and finds when the last of them ended. */
function placeMembers({ activities, at, byClock, reach }: Placement, index: SpanIndex, head: number): void {
  const { firstChild, nextSibling, duration } = index;
  const origin = at[head] as number;
  let last = origin + (duration[head] as number);
  const open = [head];
  for (let parent = open.pop(); parent !== undefined; parent = open.pop()) {
    for (let it = firstChild[parent] as number; it >= 0; it = nextSibling[it] as number) {
      if (activities.head[it] !== head) continue;
      byClock[it] = 1;
      at[it] = origin + startsAfter(index, it, head);
      last = Math.max(last, (at[it] as number) + (duration[it] as number));
      open.push(it);
    }
  }
  reach[head] = last;
}

/** Puts the calls of an activity, and adds them to the heads that come next. */
function placeCalls(to: Placement, index: SpanIndex, head: number, heads: number[]): void {
  const { at, byClock, activities } = to;
  const { firstCall, nextCall } = activities;
  let far: number[] | undefined;
  for (let call = firstCall[head] as number; call >= 0; call = nextCall[call] as number) {
    heads.push(call);
    if (sharesClock(index, head, call)) {
      byClock[call] = 1;
      at[call] = (at[head] as number) + startsAfter(index, call, head);
    } else if (isDeferred(index, head, call)) {
      placeMessage(to, index, head, call);
    } else {
      countOutside(to, index, call);
      if (far === undefined) far = [call];
      else far.push(call);
    }
  }
  if (far === undefined) return;
  const [only] = far;
  if (far.length === 1 && isAsking(index.spans[head]?.kind ?? "unspecified")) {
    placeOne(to, index, head, only as number);
  } else {
    placeGroups(to, index, head, far);
  }
}

/** By less than this, clocks that are kept together over a network differ as a rule (NTP, RFC 5905); in ns. */
const usualOffset = 1e6;

/** Counts an answer that by its own clock begins before its call, or ends after it: then clocks differ, or a span ended late. */
function countOutside(to: Placement, index: SpanIndex, answer: number): void {
  let call = index.parent[answer] as number;
  // A step of a call is no more than a part of it.
  while (call >= 0 && index.spans[call]?.kind === "internal") call = index.parent[call] as number;
  const [asked, took] = [index.duration[call] as number, index.duration[answer] as number];
  if (!isAsking(index.spans[call]?.kind ?? "unspecified") || took > asked) return;
  const from = startsAfter(index, answer, call);
  const by = Math.max(-from, from + took - asked);
  if (by <= usualOffset) return;
  to.outside.spans++;
  to.outside.ns = Math.min(to.outside.ns + by, longest);
}

/**
 * Puts what took up a message on another clock. Nothing but the two clocks tells for how long the message lay; where they
 * say that it was taken up before it was sent, they are wrong, and it counts from its sending on.
 */
function placeMessage(to: Placement, index: SpanIndex, head: number, message: number): void {
  const after = startsAfter(index, message, head);
  // No later than times can be added up exactly: what lay for longer, by clocks that were never set, lies for so long.
  to.at[message] = Math.min((to.at[head] as number) + Math.max(after, 0), longest);
  if (after < 0) {
    to.unseenQueue++;
    return;
  }
  to.queued.spans++;
  const lay = Math.max(after - (index.duration[head] as number), 0);
  to.queued.ns = Math.min(to.queued.ns + lay, longest);
}

function isAdopted(activities: Activities, index: SpanIndex, head: number, call: number): boolean {
  return activities.head[index.parent[call] as number] !== head;
}

function placeOne(to: Placement, { duration }: SpanIndex, head: number, call: number): void {
  const left = (duration[head] as number) - (duration[call] as number);
  to.at[call] = (to.at[head] as number) + (left > 0 ? Math.floor(left / 2) : 0);
  if (left < 0) addExcess(to, -left);
}

/** Adds up to a bound below which sums are exact, so that the order of adding plays no part. */
function addExcess(to: Placement, ns: number): void {
  to.excess = Math.min(to.excess + ns, longest);
}

/**
 * Calls of one clock: how long after the first of the list the earliest one starts, how long from there until the last
 * one ends, and between which times the earliest one can start, in ns.
 */
interface Group {
  members: number[];
  start: number;
  extent: number;
  low: number;
  high: number;
}

function placeGroups(to: Placement, index: SpanIndex, head: number, calls: number[]): void {
  const groups = groupByClock(to, index, head, calls);
  const isCall = isAsking(index.spans[head]?.kind ?? "unspecified");
  const begin = Math.min(...groups.map((it) => it.low));
  const end = Math.max(...groups.map((it) => Math.max(it.high, it.low) + it.extent));
  const free = new FreeTime(begin, end, timesTaken(to, index, head));
  const total = groups.reduce((sum, it) => sum + it.extent, 0);
  const follow = total <= end - begin;
  let laidOut = 0;
  for (const group of groups) {
    const { members, start, extent, low, high } = group;
    const middle = high > low ? low + Math.floor((high - low) / 2) : low;
    const place = follow ? free.take(low, high, extent, groups.length === 1) : undefined;
    for (const it of members) {
      to.at[it] = (place ?? middle) + startsAfter(index, it, members[0] as number) - start;
      if (place === undefined && low <= high) count(to.crowded, index, it);
    }
    if (place !== undefined) laidOut++;
    if (isCall && extent > (index.duration[head] as number)) {
      addExcess(to, extent - (index.duration[head] as number));
    }
  }
  if (laidOut > 1) {
    for (const { members } of groups) for (const it of members) count(to.laidOut, index, it);
  }
}

function count(to: Untold, { duration }: SpanIndex, span: number): void {
  to.spans++;
  to.ns = Math.min(to.ns + (duration[span] as number), longest);
}

/** When the calls of an activity were open whose place its clock tells, from and to in turns. */
function* timesTaken(to: Placement, index: SpanIndex, head: number): Generator<[number, number]> {
  const { firstCall, nextCall } = to.activities;
  for (let call = firstCall[head] as number; call >= 0; call = nextCall[call] as number) {
    const from = to.at[call] as number;
    if (to.byClock[call] === 1) yield [from, from + (index.duration[call] as number)];
  }
}

function groupByClock(to: Placement, index: SpanIndex, head: number, calls: number[]): Group[] {
  const idOf = (call: number) => index.spans[call]?.spanId ?? "";
  const byClock = new Map<number, number[]>();
  for (const call of calls.sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1))) {
    const clock = index.clock[call] as number;
    const group = byClock.get(clock);
    if (group === undefined) byClock.set(clock, [call]);
    else group.push(call);
  }
  const groups = [...byClock.values()].flatMap((members) => {
    const group = groupOf(to, index, head, members);
    // Calls into a service whose machines are not known may have gone to different ones.
    const isGuess = index.exactClock[members[0] as number] !== 1;
    return isGuess && group.low > group.high ? members.map((it) => groupOf(to, index, head, [it])) : [group];
  });
  return groups.sort(
    (a, b) => a.high - b.high || (idOf(a.members[0] as number) < idOf(b.members[0] as number) ? -1 : 1),
  );
}

/** A group and between which times it can start: not before what asked for it, and so that it ends with that if it can. */
function groupOf(to: Placement, index: SpanIndex, head: number, members: number[]): Group {
  const { at, activities } = to;
  const { duration } = index;
  const first = members[0] as number;
  const group: Group = {
    members,
    start: Math.min(...members.map((it) => startsAfter(index, it, first))),
    extent: 0,
    low: Number.NEGATIVE_INFINITY,
    high: Number.POSITIVE_INFINITY,
  };
  const headEnd = (at[head] as number) + (duration[head] as number);
  let widest = Number.POSITIVE_INFINITY;
  for (const it of members) {
    const after = startsAfter(index, it, first) - group.start;
    const took = duration[it] as number;
    const asked = isAdopted(activities, index, head, it) ? head : (index.parent[it] as number);
    group.extent = Math.max(group.extent, after + took);
    group.low = Math.max(group.low, (at[asked] as number) - after);
    group.high = Math.min(group.high, (at[asked] as number) + (duration[asked] as number) - took - after);
    widest = Math.min(widest, headEnd - took - after);
  }
  // A span may pass its context on to what goes on after it: then the whole activity is the bound.
  if (group.high < group.low) group.high = widest;
  return group;
}
