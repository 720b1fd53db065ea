import { setTimeout as delay } from "node:timers/promises";
import { ExitCode } from "../exit-codes.ts";
import { readDocument } from "../input/read-inputs.ts";
import { LabError } from "../lab-error.ts";
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
export async function fetchTrace(tempoUrl: string, traceId: string): Promise<Trace | undefined> {
  const response = await get(new URL(`/api/v2/traces/${traceId}`, tempoUrl));
  if (response.status === 404) {
    return undefined;
  }
  const body = (await response.json()) as { trace?: unknown };
  if (body.trace === undefined || Object.keys(body.trace as object).length === 0) {
    return undefined;
  }
  return readDocument(body, `Tempo's answer for ${traceId}`)[0];
}

/**
 * Asks Tempo for a trace until `complete` says so nothing more comes, or the time is up.
 *
 * @param timeoutMs how long to wait in all, in milliseconds.
 * @returns what is known of the trace in the end; undefined when nothing ever arrived.
 */
export async function waitForTrace(
  tempoUrl: string,
  traceId: string,
  timeoutMs: number,
  complete: (trace: Trace) => boolean,
): Promise<Trace | undefined> {
  const deadline = Date.now() + timeoutMs;
  let trace: Trace | undefined;
  let grownAt = Date.now();
  for (;;) {
    const next = await fetchTrace(tempoUrl, traceId);
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

/** The id of the trace that started last, of those that Tempo finds in the last hour. */
export async function newestTraceId(tempoUrl: string): Promise<string | undefined> {
  const now = Date.now();
  return (await searchTraceIds(tempoUrl, now - 3_600_000, now + 1000)).at(-1);
}

/**
 * The ids of the traces that began in a time, the earliest first; a thousand at most (GET /api/search, Tempo 2.8 API).
 *
 * @param from and `to`, in milliseconds since the epoch.
 */
export async function searchTraceIds(tempoUrl: string, from: number, to: number): Promise<string[]> {
  const url = new URL("/api/search", tempoUrl);
  url.search = new URLSearchParams({
    q: "{}",
    limit: "1000",
    // Tempo counts whole seconds here.
    start: `${Math.floor(from / 1000)}`,
    end: `${Math.floor(to / 1000) + 1}`,
  }).toString();
  const body = (await (await get(url)).json()) as {
    traces?: { traceID: string; startTimeUnixNano: string }[];
  };
  return (
    (body.traces ?? [])
      .map(({ traceID, startTimeUnixNano }) => ({ id: traceID, startNs: BigInt(startTimeUnixNano) }))
      .filter(({ startNs }) => startNs >= BigInt(from) * 1_000_000n && startNs <= BigInt(to) * 1_000_000n)
      .sort((a, b) => (a.startNs < b.startNs ? -1 : 1))
      // Tempo leaves out leading zeros.
      .map(({ id }) => id.padStart(32, "0"))
  );
}

async function get(url: URL): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, {
      headers: { accept: "application/json" },
      signal: AbortSignal.timeout(10_000),
    });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : (error as Error);
    throw new LabError(`cannot reach Tempo at ${url.origin}: ${cause.message}`, {
      exitCode: ExitCode.notRunning,
      hint: "is the mesh up? `lab status` tells, `lab up` starts it; --tempo URL names another Tempo",
    });
  }
  if (!response.ok && response.status !== 404) {
    throw new LabError(
      `Tempo answered ${response.status} to ${url.pathname}: ${(await response.text()).trim()}`,
      {
        exitCode: ExitCode.notRunning,
        hint: "`lab logs tempo` shows what Tempo says",
      },
    );
  }
  return response;
}
