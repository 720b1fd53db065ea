import type { Span } from "@envoy-mesh-lab/trace";
import { idsWith } from "@envoy-mesh-lab/trace";
import type { Activities } from "./activity.ts";
import { addCall, sharesClock } from "./activity.ts";
import { peersOf } from "./label.ts";
import type { SpanIndex } from "./span-index.ts";
import { startsAfter } from "./span-index.ts";

/** By how much an answer may be longer than its call, as a share of the call: servers end their spans a little late. */
const slack = 0.01;

/** So often an answer is held against a call at most, for one activity and clock, so that odd traces do not take for ever. */
const comparisonsAtMost = 1e6;

/** A call that nobody answered, in ns after its activity's head, and whom it says that it asked. */
interface Call {
  span: number;
  from: number;
  to: number;
  name: string;
  named: string[];
  isStore: boolean;
}

/** An answer that hangs beside its call, in ns after the first one of its clock. */
interface Stray {
  span: number;
  from: number;
  took: number;
}

/**
 * Puts answers that hang beside their call into it. A library that passes on the context of the span around the call,
 * and not the call's own, makes such traces: the call seems to have no answer, and the answer no call.
 *
 * An answer goes into a call of the same activity that nobody else answered, that is as long, and that holds it in time
 * where their clocks can be compared. Several answers of one other clock keep their distances. Names decide between calls
 * that would do (`peer.service`, `server.address`, the span's name); a call to a database takes no service in.
 */
export function adoptStrays(index: SpanIndex, activities: Activities): void {
  if (activities.strays.length === 0) return;
  // The other half of a span that two ends share is the call; it is not here, and no other call is it.
  const halves = idsWith(index.trace, ["half-shared-span"]);
  const byHead = Map.groupBy(
    activities.strays.filter((it) => !halves.has((index.spans[it] as Span).spanId)),
    (it) => activities.head[index.parent[it] as number] as number,
  );
  for (const [head, all] of byHead) {
    const calls = unansweredCalls(index, activities, head);
    if (calls.length === 0) continue;
    const byNearness = Map.groupBy(all, (it) => sharesClock(index, head, it));
    const [near, far] = [byNearness.get(true) ?? [], byNearness.get(false) ?? []];
    adoptFrom(index, activities, head, near, calls, 0);
    const byClock = [...Map.groupBy(far, (it) => index.clock[it] as number).values()];
    // The longest first, as the fewest calls hold it. No clock has a part in the order.
    const longestOf = (them: number[]) =>
      them.reduce((longest, it) => Math.max(longest, index.duration[it] as number), 0);
    const idOf = (them: number[]) => them.map((it) => index.spans[it]?.spanId ?? "").sort()[0] as string;
    byClock.sort((a, b) => longestOf(b) - longestOf(a) || (idOf(a) < idOf(b) ? -1 : 1));
    for (const them of byClock) {
      const left = adoptFrom(index, activities, head, them, calls, undefined);
      // What is one clock by a guess may be several, and then distances say nothing.
      if (left.length === 0 || index.exactClock[left[0] as number] === 1) continue;
      for (const it of left) adoptFrom(index, activities, head, [it], calls, undefined);
    }
  }
}

/** The CLIENT spans of an activity, however deep, below which no other process has a span; in order of start. */
function unansweredCalls(index: SpanIndex, { firstCall, nextCall }: Activities, head: number): Call[] {
  const found: Call[] = [];
  const open = [head];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (let call = firstCall[at] as number; call >= 0; call = nextCall[call] as number) {
      const isOwn = index.node[call] === index.node[head] && index.clock[call] === index.clock[head];
      if (!isOwn || index.spans[call]?.kind !== "client") continue;
      if ((firstCall[call] as number) < 0) {
        const from = startsAfter(index, call, head);
        const { named, isStore } = peersOf(index, call);
        found.push({
          span: call,
          from,
          to: from + (index.duration[call] as number),
          name: index.spans[call]?.name ?? "",
          named: named.map((it) => it.toLowerCase()),
          isStore,
        });
      } else {
        open.push(call);
      }
    }
  }
  const idOf = ({ span }: Call) => index.spans[span]?.spanId ?? "";
  return found.sort((a, b) => a.from - b.from || (idOf(a) < idOf(b) ? -1 : 1));
}

/**
 * Adopts the answers of one clock, as far as calls are there for them, and takes these from the list.
 *
 * @param known by how much the answers' clock is ahead of the head's; undefined when that is not known.
 * @returns the answers for which no call was found.
 */
function adoptFrom(
  index: SpanIndex,
  activities: Activities,
  head: number,
  answers: number[],
  calls: Call[],
  known: number | undefined,
): number[] {
  if (answers.length === 0 || calls.length === 0) return answers;
  const idOf = (it: number) => index.spans[it]?.spanId ?? "";
  const first = known === 0 ? head : (answers[0] as number);
  const strays = answers
    .map(
      (span): Stray => ({
        span,
        from: startsAfter(index, span, first),
        took: index.duration[span] as number,
      }),
    )
    .sort((a, b) => a.from - b.from || (idOf(a.span) < idOf(b.span) ? -1 : 1));
  const byEarliest = calls.toSorted((a, b) => earliestIn(a) - earliestIn(b));
  let best: Match | undefined;
  let equals = 0;
  // One answer of another clock may stand anywhere: only its length counts.
  const shifts = known !== undefined ? [known] : strays.length === 1 ? [undefined] : shiftsOf(strays, calls);
  for (const shift of shifts) {
    const match = matchAt(index, strays, byEarliest, shift);
    if (best === undefined || match.score > best.score) {
      best = match;
      equals = 0;
    } else if (match.score === best.score && !isSame(match, best)) {
      equals++;
    }
  }
  if (best === undefined) return answers;
  for (const [stray, call] of best.pairs) {
    move(activities, head, stray, call);
    calls.splice(
      calls.findIndex((it) => it.span === call),
      1,
    );
  }
  activities.adopted += best.pairs.length;
  if (equals > 0 || best.tied) activities.guessed += best.pairs.length;
  const adopted = new Set(best.pairs.map(([stray]) => stray));
  return answers.filter((it) => !adopted.has(it));
}

interface Match {
  pairs: [stray: number, call: number][];
  score: number;
  tied: boolean;
}

function isSame(a: Match, b: Match): boolean {
  return a.pairs.length === b.pairs.length && a.pairs.every(([, call], i) => call === b.pairs[i]?.[1]);
}

/** The differences of the clocks at which one of the answers stands in the middle of one of the calls. */
function shiftsOf(strays: Stray[], calls: Call[]): number[] {
  const atMost = Math.max(Math.floor(comparisonsAtMost / (strays.length * calls.length)), 1);
  const shifts: number[] = [];
  for (const { from, took } of strays) {
    for (const call of calls) {
      if (shifts.length === atMost) return shifts;
      if (fits(took, call)) shifts.push((call.from + call.to) / 2 - from - took / 2);
    }
  }
  return shifts;
}

function fits(took: number, { from, to }: Call): boolean {
  return took <= (to - from) * (1 + slack);
}

/** The first moment at which a call may hold an answer, and the last one. */
function earliestIn({ from, to }: Call): number {
  return from - (to - from) * slack;
}
function latestIn({ from, to }: Call): number {
  return to + (to - from) * slack;
}

/**
 * Gives each answer the call that holds it and speaks of it most, the shortest of equals. Each is held against the calls that
 * are open when it begins, and no others.
 *
 * @param strays in order of start.
 * @param calls in the order in which they may first hold an answer.
 * @param shift by how much the answers' clock is ahead; undefined when it may be by anything.
 */
function matchAt(index: SpanIndex, strays: Stray[], calls: Call[], shift: number | undefined): Match {
  const taken = new Set<number>();
  const match: Match = { pairs: [], score: 0, tied: false };
  let open = shift === undefined ? calls : [];
  let next = 0;
  for (const { span, from, took } of strays) {
    if (shift !== undefined) {
      const at = from + shift;
      while (next < calls.length && earliestIn(calls[next] as Call) <= at) open.push(calls[next++] as Call);
      open = open.filter((it) => latestIn(it) >= at && !taken.has(it.span));
    }
    let best: Call | undefined;
    let bestScore = 0;
    let tied = false;
    const names = namesOf(index, span);
    for (const call of open) {
      const holds = shift === undefined ? fits(took, call) : from + shift + took <= latestIn(call);
      if (!holds || taken.has(call.span)) continue;
      const score = likeness(call, names);
      if (score === 0) continue;
      const length = call.to - call.from;
      const bestLength = best === undefined ? Number.POSITIVE_INFINITY : best.to - best.from;
      if (score > bestScore || (score === bestScore && length < bestLength)) {
        tied = score === bestScore;
        best = call;
        bestScore = score;
      } else if (score === bestScore) {
        tied = true;
      }
    }
    if (best === undefined) continue;
    taken.add(best.span);
    match.pairs.push([span, best.span]);
    match.score += 10 + bestScore;
    match.tied ||= tied;
  }
  return match;
}

/** How an answer calls itself: its span, its service and its workload. */
interface Names {
  name: string;
  service: string;
  workload: string;
}

function namesOf(index: SpanIndex, answer: number): Names {
  const service = `${index.spans[answer]?.resource["service.name"] ?? ""}`.toLowerCase();
  const workload = `${index.who[answer]?.workload ?? service}`.toLowerCase();
  return { name: index.spans[answer]?.name ?? "", service, workload };
}

/** How much a call speaks of who answered: 0 when it says that it was somebody else. */
function likeness({ named, isStore, name }: Call, answer: Names): number {
  const { service, workload } = answer;
  const isNamed = named.some(
    (it) => it === service || it === workload || it.split(/[.:|]/).includes(workload),
  );
  if (isStore && !isNamed) return 0;
  return 1 + (isNamed ? 4 : 0) + (name === answer.name ? 2 : 0);
}

function move(activities: Activities, head: number, stray: number, call: number): void {
  const { firstCall, nextCall } = activities;
  if (firstCall[head] === stray) {
    firstCall[head] = nextCall[stray] as number;
  } else {
    let before = firstCall[head] as number;
    while (nextCall[before] !== stray) before = nextCall[before] as number;
    nextCall[before] = nextCall[stray] as number;
  }
  addCall(activities, call, stray);
}
