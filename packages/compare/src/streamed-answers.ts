import type { SpanIndex } from "./span-index.ts";
import { longest, startsAfter } from "./span-index.ts";

/** What OpenTelemetry's ASGI instrumentation calls the kind of event that its INTERNAL spans are about. */
const eventKey = "asgi.event.type";

/** The keys of the span attributes that are looked at here: what to keep when only some are kept. */
export const streamAttributes: readonly string[] = [eventKey];

/** Calls whose answer was sent on after their CLIENT span had ended, and by how much that was too early, in ns. */
export interface Streamed {
  calls: number;
  ns: number;
}

/**
 * Lets a call last until its answer had been sent, where the answering side says when it sent each piece. Some clients
 * (httpx, aiohttp) end their CLIENT span with the headers, and read the body afterwards; the time of that is no work of the
 * caller. It ends with what the caller was asked itself, at the latest: a caller that has answered waits no longer.
 *
 * @param index the durations of such CLIENT spans are changed.
 */
export function awaitStreamed(index: SpanIndex): Streamed {
  const found: Streamed = { calls: 0, ns: 0 };
  for (const [answer, sent] of lastSent(index)) {
    const call = index.parent[answer] as number;
    if (call < 0 || index.spans[call]?.kind !== "client" || index.node[call] === index.node[answer]) continue;
    const took = index.duration[call] as number;
    // Across clocks nothing but durations counts, as everywhere.
    const isOneClock = index.clock[call] === index.clock[answer] && index.exactClock[answer] === 1;
    const needed = sent + (isOneClock ? Math.max(startsAfter(index, answer, call), 0) : 0);
    const late = Math.min(needed, untilAnswered(index, call), longest) - took;
    if (late <= 0) continue;
    index.duration[call] = took + late;
    found.calls++;
    found.ns += late;
  }
  return found;
}

/** Of each SERVER span that says so, how long after its start the last piece of its answer had been sent. */
function lastSent(index: SpanIndex): Map<number, number> {
  const found = new Map<number, number>();
  for (let i = 0; i < index.spans.length; i++) {
    if (index.spans[i]?.attributes[eventKey] !== "http.response.body") continue;
    const answer = index.parent[i] as number;
    if (answer < 0 || index.spans[answer]?.kind !== "server" || index.node[answer] !== index.node[i])
      continue;
    const sent = startsAfter(index, i, answer) + (index.duration[i] as number);
    found.set(answer, Math.max(found.get(answer) ?? 0, Math.min(sent, index.duration[answer] as number)));
  }
  return found;
}

/** How long after a call's start its process had answered what it was asked; for ever where nobody asked it. */
function untilAnswered(index: SpanIndex, call: number): number {
  const { parent, node, spans, duration } = index;
  for (let at = parent[call] as number; at >= 0 && node[at] === node[call]; at = parent[at] as number) {
    if (spans[at]?.kind !== "server") continue;
    return (duration[at] as number) - startsAfter(index, call, at);
  }
  return Number.POSITIVE_INFINITY;
}
