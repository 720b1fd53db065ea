import type { SpanIndex } from "./span-index.ts";
import { isAnswering, isAsking, isCrossing } from "./span-index.ts";

/**
 * The spans of a tree, gathered into activities: what one process does for one request, or for one call of its own.
 *
 * An activity is a head and the spans of the same process below it. The head is a span that another process asked for, or
 * one that asks another process (CLIENT, PRODUCER). The heads right below an activity are its calls. So it does not
 * matter how many INTERNAL spans a library makes, nor below which of them a call hangs.
 */
export interface Activities {
  /** Of each span the head of its activity; a head is its own. -1 outside the tree. */
  head: Int32Array;
  /** Of each head its first call, and of each call the next one of the same activity; -1 when there is none. */
  firstCall: Int32Array;
  nextCall: Int32Array;
  /** The spans of the tree level by level, parents before children. */
  order: Int32Array;
  /** Answers to which no span of the activity above them asked. */
  strays: number[];
  /** Answers that hang beside their call and were put into it; and those for which several calls were as likely. */
  adopted: number;
  guessed: number;
}

/** Gathers the spans below a top into activities. Linear. */
export function activitiesOf(index: SpanIndex, top: number): Activities {
  const { firstChild, nextSibling } = index;
  const count = index.duration.length;
  const found: Activities = {
    head: new Int32Array(count).fill(-1),
    firstCall: new Int32Array(count).fill(-1),
    nextCall: new Int32Array(count).fill(-1),
    order: new Int32Array(count),
    strays: [],
    adopted: 0,
    guessed: 0,
  };
  const { head, order } = found;
  order[0] = top;
  head[top] = top;
  let filled = 1;
  for (let next = 0; next < filled; next++) {
    const parent = order[next] as number;
    const above = head[parent] as number;
    for (let child = firstChild[parent] as number; child >= 0; child = nextSibling[child] as number) {
      order[filled++] = child;
      if (isWithin(index, above, child)) {
        head[child] = above;
        continue;
      }
      head[child] = child;
      addCall(found, above, child);
      if (isStray(index, above, child)) found.strays.push(child);
    }
  }
  found.order = order.subarray(0, filled);
  return found;
}

/** Adds a call to those of an activity. */
export function addCall({ firstCall, nextCall }: Activities, head: number, call: number): void {
  nextCall[call] = firstCall[head] as number;
  firstCall[head] = call;
}

/** Whether a span is work of an activity's process for the same request: neither a call nor what a call asked for. */
function isWithin(index: SpanIndex, head: number, span: number): boolean {
  return (
    !isAsking(index.spans[span]?.kind ?? "unspecified") &&
    !isCrossing(index, head, span) &&
    sharesClock(index, head, span)
  );
}

/** Whether a call is what another process did, without a span here that asked for it. */
function isStray(index: SpanIndex, head: number, call: number): boolean {
  const kind = index.spans[call]?.kind ?? "unspecified";
  return kind !== "consumer" && !isAsking(kind) && !isAsking(index.spans[head]?.kind ?? "unspecified");
}

/** Whether the absolute times of an activity and a span below it can be compared. */
export function sharesClock(index: SpanIndex, head: number, span: number): boolean {
  if (index.clock[head] !== index.clock[span]) {
    return false;
  }
  // One service may be several machines; a call that comes in may have come from another one.
  return index.exactClock[span] === 1 || !isEntry(index, head, span);
}

function isEntry(index: SpanIndex, head: number, span: number): boolean {
  const kind = index.spans[span]?.kind ?? "unspecified";
  return isAnswering(kind) && isAsking(index.spans[head]?.kind ?? "unspecified");
}
