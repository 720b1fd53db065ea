import { setTimeout as delay } from "node:timers/promises";
import { ExitCode } from "./exit-codes.ts";
import type { HttpStore } from "./http-store.ts";
import { askerOf, askStore, excerpt, originOf, refusedByStore } from "./http-store.ts";
import type { Raw } from "./input/raw.ts";
import { isObject } from "./input/raw.ts";
import { readDocument } from "./input/read-document.ts";
import { LabError } from "./lab-error.ts";
import type { Trace } from "./model.ts";

/** How often a trace that is not complete yet is asked for again, in milliseconds. */
const pollInterval = 150;

/** A trace to which nothing has been added for so long is taken as whole, in milliseconds. */
const quietPeriod = 3000;

/**
 * Asks Tempo for a trace (GET /api/v2/traces/{id}, Tempo 2.8 API).
 *
 * @returns undefined when Tempo does not know the trace (yet).
 * @throws {LabError} when Tempo cannot be reached or answers with an error.
 */
export async function fetchTrace(tempo: HttpStore, traceId: string): Promise<Trace | undefined> {
  const body = await get(tempo, `/api/v2/traces/${traceId}`);
  if (!isObject(body?.trace) || Object.keys(body.trace).length === 0) {
    return undefined;
  }
  const [trace] = readDocument({ trace: body.trace }, `Tempo's answer for ${traceId}`, askerOf(tempo));
  if (trace !== undefined && body.status === "PARTIAL") {
    const message = `Tempo says that this is not the whole trace: ${body.message ?? "no reason given"}`;
    return { ...trace, quirks: [...(trace.quirks ?? []), { code: "partial-answer", message, spanIds: [] }] };
  }
  return trace;
}

/** What to look for in Tempo. */
export interface TraceSearch {
  /** A TraceQL query; `{}` finds every trace. */
  query: string;
  /** From when to when, in milliseconds since 1970. */
  startMs: number;
  endMs: number;
  /** How many traces at most. */
  limit: number;
}

/** A trace that a search has found. */
export interface FoundTrace {
  traceId: string;
  /** When it began, in nanoseconds since 1970, as far as Tempo knew then. */
  startNs: bigint;
  /** How many of its spans the query chooses. */
  matched: number;
  /** How many spans Tempo had of it then; 0 where it does not say. */
  spans: number;
}

/** A trace in Tempo's answer to a search (tempopb.TraceSearchMetadata, Tempo 2.8). */
interface RawFoundTrace {
  traceID: string;
  startTimeUnixNano?: string;
  spanSets?: { matched: number }[];
  serviceStats?: Record<string, { spanCount?: number }>;
}

/**
 * The traces that Tempo finds (GET /api/search, Tempo 2.8 API), the newest first. Tempo searches in whole seconds, so
 * that some may have begun up to a second outside of the time.
 *
 * @throws {LabError} when Tempo cannot be reached or does not understand the query.
 */
export async function findTraces(tempo: HttpStore, search: TraceSearch): Promise<FoundTrace[]> {
  const asked = new URLSearchParams({
    q: search.query,
    limit: `${search.limit}`,
    start: `${Math.floor(search.startMs / 1000)}`,
    // Tempo's end is exclusive, in whole seconds.
    end: `${Math.ceil(search.endMs / 1000) + 1}`,
  });
  const body = (await get(tempo, searchPath, asked)) as { traces?: RawFoundTrace[] } | undefined;
  if (body === undefined) {
    throw notTempo(tempo, searchPath, "404");
  }
  return (
    (body.traces ?? [])
      // Tempo leaves out leading zeros.
      .map((it) => ({
        traceId: it.traceID.padStart(32, "0"),
        startNs: BigInt(it.startTimeUnixNano ?? 0),
        matched: (it.spanSets ?? []).reduce((sum, { matched }) => sum + matched, 0),
        spans: Object.values(it.serviceStats ?? {}).reduce((sum, { spanCount = 0 }) => sum + spanCount, 0),
      }))
      .sort((a, b) => (a.startNs > b.startNs ? -1 : 1))
  );
}

/**
 * Asks Tempo for a trace until `complete` says so nothing more comes, or the time is up.
 *
 * @param timeoutMs how long to wait in all, in milliseconds.
 * @returns what is known of the trace in the end; undefined when nothing ever arrived.
 */
export async function waitForTrace(
  tempo: HttpStore,
  traceId: string,
  timeoutMs: number,
  complete: (trace: Trace) => boolean,
): Promise<Trace | undefined> {
  const deadline = Date.now() + timeoutMs;
  let trace: Trace | undefined;
  let grownAt = Date.now();
  for (;;) {
    const next = await fetchTrace(tempo, traceId);
    if (next && next.spans.length !== trace?.spans.length) {
      grownAt = Date.now();
    }
    trace = next ?? trace;
    const settled = trace !== undefined && Date.now() - grownAt > quietPeriod;
    if ((trace && complete(trace)) || settled || Date.now() > deadline) {
      return trace;
    }
    await delay(pollInterval);
  }
}

/** Where Tempo searches. */
const searchPath = "/api/search";

/** Asks Tempo, and gives the JSON object that it answers; undefined when it knows nothing of that (404). */
async function get(tempo: HttpStore, path: string, query?: URLSearchParams): Promise<Raw | undefined> {
  const answer = await askStore(tempo, path, query).catch((error: Error) => {
    throw unreachable(tempo, error.message);
  });
  const { status, ok, text } = answer;
  // A proxy stands before Tempo, in the lab and elsewhere; these are its words for a Tempo that is not there.
  if ([502, 503, 504].includes(status)) {
    throw unreachable(tempo, `${status} ${excerpt(text, tempo, 200)}`);
  }
  if (status === 404) {
    return undefined;
  }
  if (status === 400 && path === searchPath) {
    throw new LabError(`Tempo answered ${status} to ${path}: ${excerpt(text, tempo, 500)}`, {
      exitCode: ExitCode.usage,
      hint: 'a TraceQL query has the form { resource.service.name = "gateway" && duration > 50ms }',
    });
  }
  if (!ok) {
    throw refusedByStore("Tempo", tempo, path, answer);
  }
  const body = parse(text);
  if (!isObject(body)) {
    throw notTempo(tempo, path, JSON.stringify(excerpt(text, tempo, 60)));
  }
  return body;
}

function unreachable(tempo: HttpStore, why: string): LabError {
  return new LabError(`cannot reach Tempo at ${originOf(tempo)}: ${why}`, {
    exitCode: ExitCode.notRunning,
    hint:
      askerOf(tempo) === "lab"
        ? "is it up? `lab status` tells of the lab's own, `lab up` starts it; --tempo URL names another Tempo"
        : "is it up? --tempo URL is the base URL of its HTTP API, such as http://127.0.0.1:3200",
  });
}

function notTempo(tempo: HttpStore, path: string, answer: string): LabError {
  return new LabError(`${originOf(tempo)} does not answer as Tempo does: ${path} gave ${answer}`, {
    exitCode: ExitCode.notRunning,
    hint: "--tempo URL is the base URL of Tempo's HTTP API, such as http://127.0.0.1:3200",
  });
}

/** What a JSON text says; undefined when it is none. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
