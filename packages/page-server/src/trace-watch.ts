import type { Expected, TraceLine } from "@envoy-mesh-lab/check";
import { checkTraces, toLine } from "@envoy-mesh-lab/check";
import type { FoundTrace } from "@envoy-mesh-lab/trace/node";
import { fetchTrace, findTraces } from "@envoy-mesh-lab/trace/node";
import { Announced } from "./announced.ts";
import type { ComingTraces } from "./coming-traces.ts";

/** Which traces to watch, and where. */
export interface WatchOptions {
  /** Base URL of Tempo's API, asked for anew each time: a mesh that was started again may have another. */
  readonly tempo: () => Promise<string>;
  /** A TraceQL query. */
  readonly query: string;
  /** How far back to look, in milliseconds. */
  readonly sinceMs: number;
  /** How many of the traces that are there already are reported. */
  readonly limit: number;
  /** What an RPC through the mesh has to look like. */
  readonly expected: Expected | undefined;
  /** Traces of calls that are made from here; they are told before a search finds them, where no query chooses. Default: none. */
  readonly coming?: ComingTraces;
  readonly signal: AbortSignal;
}

/** Traces that are new or have grown, the newest first. */
export interface Watched {
  readonly lines: readonly TraceLine[];
  /** Whether all that was there already has been told. */
  readonly isListed: boolean;
}

/**
 * The pause between two searches, in milliseconds: twice as long as it took to ask Tempo, so that who watches takes about a third
 * of what Tempo can do, within these bounds.
 */
const shortestPause = 60;
const longestPause = 400;

/** While traces of calls from here are waited for, searches make room for them, and come so often, in milliseconds. */
const searchAtLeastEveryMs = 1_000;

/** How far back most searches look, in milliseconds; all of the time is searched every so often, for what ended late. */
const nearMs = 60_000;
const wideEveryMs = 5_000;

/** Traces that are read at a time, and before it is asked again what is new. */
const readAtATime = 4;
const readBetweenSearches = 8;

/** How many traces are remembered; an older one that is found again is reported again, which does no harm. */
const remembered = 5_000;

/**
 * Tells the traces that a query chooses, those that are there first, and then each as it comes or grows, until the signal.
 *
 * @throws {LabError} when Tempo cannot be reached, or does not understand the query.
 */
export async function* watchTraces(options: WatchOptions): AsyncGenerator<Watched> {
  const { query, sinceMs, signal } = options;
  // A search gives any traces that fit until there are enough; with this hint of TraceQL (Tempo 2.8), the newest.
  const hinted = /\bwith\s*\(/.test(query) ? query : `${query} with (most_recent=true)`;
  const known = new Map<string, number>();
  const waiting = new Map<string, FoundTrace>();
  const announced = new Announced();
  if (query === "{}") options.coming?.listen((it) => announced.add(it), signal);
  let isListed = false;
  let searchedAll = 0;
  let searched = 0;
  while (!signal.aborted) {
    const now = Date.now();
    if (announced.size > 0) {
      const lines = await readLines(announced.next(), await options.tempo(), options.expected);
      const ready = announced.ready(lines);
      if (ready.length > 0) yield { lines: ready, isListed };
      if (Date.now() - searched < searchAtLeastEveryMs) {
        await announced.pause(shortestPause, signal);
        continue;
      }
    }
    searched = now;
    const isWide = now - searchedAll > wideEveryMs;
    if (isWide) searchedAll = now;
    const tempo = await options.tempo();
    const startMs = now - (isWide ? sinceMs : Math.min(nearMs, sinceMs));
    const search = { query: hinted, startMs, endMs: now, limit: options.limit };
    const found = await findTraces(tempo, search);
    for (const it of found) {
      if ((known.get(it.traceId) ?? -1) < it.spans) waiting.set(it.traceId, it);
    }
    // Few at a time: what comes now goes before what was there, which may take Tempo long to find.
    const next = [...waiting.values()]
      .sort((a, b) => (a.startNs > b.startNs ? -1 : 1))
      .slice(0, readBetweenSearches);
    const lines = await readLines(
      next.map((it) => it.traceId),
      tempo,
      options.expected,
    );
    for (const { traceId, spans } of next) {
      waiting.delete(traceId);
      remember(known, traceId, spans);
    }
    if (lines.length > 0) yield { lines, isListed };
    if (waiting.size > 0) continue;
    if (!isListed) {
      isListed = true;
      yield { lines: [], isListed };
    }
    await announced.pause(Math.min(Math.max(shortestPause, 2 * (Date.now() - now)), longestPause), signal);
  }
}

function remember(known: Map<string, number>, traceId: string, spans: number): void {
  known.delete(traceId);
  known.set(traceId, spans);
  for (const oldest of known.keys()) {
    if (known.size <= remembered) break;
    known.delete(oldest);
  }
}

/** Reads traces, a few at a time, and puts each into a line; one that Tempo no longer has is left out. */
async function readLines(
  ids: readonly string[],
  tempo: string,
  expected: Expected | undefined,
): Promise<TraceLine[]> {
  const lines: (TraceLine | undefined)[] = new Array(ids.length);
  // The readers share one iterator, so that each trace is read by one of them.
  const rest = ids.entries();
  const reader = async () => {
    for (const [i, id] of rest) {
      const trace = await fetchTrace(tempo, id);
      if (trace === undefined) continue;
      const { reports } = await checkTraces([trace], { expected });
      lines[i] = toLine(trace, reports[0]?.findings ?? []);
    }
  };
  await Promise.all(Array.from({ length: readAtATime }, reader));
  return lines.filter((it) => it !== undefined);
}
