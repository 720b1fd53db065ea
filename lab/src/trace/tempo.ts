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
  const now = Math.floor(Date.now() / 1000);
  const url = new URL("/api/search", tempoUrl);
  url.search = new URLSearchParams({
    q: "{}",
    limit: "1000",
    start: `${now - 3600}`,
    end: `${now + 1}`,
  }).toString();
  const body = (await (await get(url)).json()) as {
    traces?: { traceID: string; startTimeUnixNano: string }[];
  };
  const [newest] = (body.traces ?? []).sort((a, b) =>
    BigInt(a.startTimeUnixNano) > BigInt(b.startTimeUnixNano) ? -1 : 1,
  );
  // Tempo leaves out leading zeros.
  return newest?.traceID.padStart(32, "0");
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
