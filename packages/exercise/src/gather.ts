import { setTimeout as delay } from "node:timers/promises";
import type { Expected, ExpectedSpan } from "@envoy-mesh-lab/check";
import { checkTrace, inCount } from "@envoy-mesh-lab/check";
import type { Trace } from "@envoy-mesh-lab/trace";
import { fetchTrace, findTraces } from "@envoy-mesh-lab/trace/node";
import { inTurns } from "./in-turns.ts";
import type { Sent } from "./traffic.ts";

/** How often Tempo is asked again, in milliseconds. */
const pollInterval = 150;
/** And how much longer for each trace that is asked for, so that Tempo has time for what comes in. */
const restPerTrace = 4;
/** Traces to which nothing has come for so long are taken as whole, in milliseconds. Spans leave every part within 200. */
const quietPeriod = 2000;
/** How long traces may take to arrive at all, in milliseconds. */
const arrivalTimeout = 20_000;

/** Which traces a check looks at. */
export interface Wanted {
  tempo: string;
  expected: Expected;
  /** Also those that no answer names: all that began while the calls were made. */
  window: boolean;
  /** Whether calls may leave no trace, because they are not sampled. Default: each is waited for. */
  sampled?: boolean;
}

/** Whether a trace that is as expected has all its spans: not where there may be more of them. */
export function saysAll({ hops, others, findings }: Expected): boolean {
  const isExact = (hop: ExpectedSpan): boolean =>
    !hop.optional &&
    (hop.count === undefined || hop.count.min === hop.count.max) &&
    (hop.children ?? []).flat().every(isExact);
  return hops.length > 0 && others !== "allowed" && !findings?.must && hops.every(isExact);
}

/**
 * Waits for the traces of calls: until all are as expected, or nothing has come for a while.
 *
 * @returns what arrived, by id; a call whose trace did not arrive is not in it.
 */
export async function gatherTraces(
  sent: Pick<Sent, "from" | "to"> & { calls: readonly { traceId?: string }[] },
  { tempo, expected, window, sampled = false }: Wanted,
): Promise<Map<string, Trace>> {
  const traces = new Map<string, Trace>();
  const whole = new Set<string>();
  const canBeWhole = saysAll(expected);
  // The search finds every trace that there is, so that those that are not sampled need not be asked for.
  const ids = new Set(window && sampled ? [] : sent.calls.flatMap(({ traceId }) => traceId ?? []));
  const deadline = Date.now() + arrivalTimeout;
  for (
    let grownAt = Date.now(), asked: string[] = [];
    ;
    await delay(pollInterval + asked.length * restPerTrace)
  ) {
    if (window) {
      for (const id of await idsBetween(tempo, sent.from, sent.to)) ids.add(id);
    }
    asked = [...ids].filter((id) => !whole.has(id));
    const answers = await inTurns(asked, (id) => fetchTrace(tempo, id));
    for (const trace of answers) {
      if (trace === undefined) continue;
      if (trace.spans.length !== traces.get(trace.traceId)?.spans.length) grownAt = Date.now();
      traces.set(trace.traceId, trace);
      if (canBeWhole && checkTrace(trace, expected).length === 0) whole.add(trace.traceId);
    }
    const isDone = !sampled && whole.size === ids.size && inCount(ids.size, expected.traces ?? { min: 1 });
    const isQuiet = (sampled || traces.size === ids.size) && Date.now() - grownAt > quietPeriod;
    if (isDone || isQuiet || Date.now() > deadline) return traces;
  }
}

/** The ids of all traces that began in a time, in milliseconds since 1970. */
async function idsBetween(tempo: string, startMs: number, endMs: number): Promise<string[]> {
  const found = await findTraces(tempo, { query: "{}", limit: 1000, startMs, endMs });
  const [start, end] = [BigInt(startMs) * 1_000_000n, BigInt(endMs) * 1_000_000n];
  return found.filter(({ startNs }) => startNs >= start && startNs <= end).map(({ traceId }) => traceId);
}
