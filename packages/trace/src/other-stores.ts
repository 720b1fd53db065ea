import { ExitCode } from "./exit-codes.ts";
import type { HttpStore } from "./http-store.ts";
import { askerOf, askStore, excerpt, originOf, refusedByStore } from "./http-store.ts";
import { readDocument } from "./input/read-document.ts";
import { LabError } from "./lab-error.ts";
import type { Trace } from "./model.ts";

/** What to look for in a store that is asked by services, as Jaeger and Zipkin are. */
export interface ServiceSearch {
  readonly service: string;
  /** From when to when, in milliseconds since 1970. */
  readonly startMs: number;
  readonly endMs: number;
  /** How many traces at most. */
  readonly limit: number;
}

/** Stores other than Tempo, by the names of their options. */
export const otherStores = { jaeger: "Jaeger", zipkin: "Zipkin" } as const;
export type OtherStore = keyof typeof otherStores;

/**
 * Asks Jaeger or Zipkin for a trace: Jaeger by its stable API v3 (GET /api/v3/traces/{id}, OTLP), and by that of its page (GET
 * /api/traces/{id}) where there is none; Zipkin by its API v2 (GET /api/v2/trace/{id}).
 *
 * @returns undefined when it does not know the trace.
 * @throws {LabError} (exit code `notRunning`) when it cannot be reached or answers with an error.
 */
export async function fetchFromStore(
  kind: OtherStore,
  store: HttpStore,
  traceId: string,
): Promise<Trace | undefined> {
  const paths = {
    jaeger: [`/api/v3/traces/${traceId}`, `/api/traces/${traceId}`],
    zipkin: [`/api/v2/trace/${traceId}`],
  };
  for (const path of paths[kind]) {
    const found = await get(kind, store, path);
    const trace = found.find((it) => it.traceId === traceId);
    if (trace !== undefined) return trace;
  }
  return undefined;
}

/**
 * The traces of a service that Jaeger or Zipkin finds: GET /api/traces of Jaeger's page, GET /api/v2/traces of Zipkin.
 *
 * @throws {LabError} (exit code `notRunning`) as `fetchFromStore`.
 */
export function searchStore(kind: OtherStore, store: HttpStore, search: ServiceSearch): Promise<Trace[]> {
  const { service, startMs, endMs, limit } = search;
  if (kind === "jaeger") {
    // Its times are in microseconds.
    const query = { service, start: `${startMs}000`, end: `${endMs}000`, limit: `${limit}` };
    return get(kind, store, "/api/traces", new URLSearchParams(query));
  }
  const query = {
    serviceName: service,
    endTs: `${endMs}`,
    lookback: `${endMs - startMs}`,
    limit: `${limit}`,
  };
  return get(kind, store, "/api/v2/traces", new URLSearchParams(query));
}

/** The traces of an answer; none when there is nothing of that (404). */
async function get(
  kind: OtherStore,
  store: HttpStore,
  path: string,
  query?: URLSearchParams,
): Promise<Trace[]> {
  const name = otherStores[kind];
  const answer = await askStore(store, path, query).catch((error: Error) => {
    throw new LabError(`cannot reach ${name} at ${originOf(store)}: ${error.message}`, {
      exitCode: ExitCode.notRunning,
      hint: `is it up? --${kind} is the base URL of its HTTP API`,
    });
  });
  if (answer.status === 404) return [];
  if (!answer.ok) throw refusedByStore(name, store, path, answer);
  const { text } = answer;
  const document = parse(text);
  if (typeof document !== "object" || document === null) {
    const given = JSON.stringify(excerpt(text, store, 60));
    throw new LabError(`${originOf(store)} does not answer as ${name} does: ${path} gave ${given}`, {
      exitCode: ExitCode.notRunning,
      hint: `--${kind} is the base URL of its HTTP API`,
    });
  }
  return isEmpty(document) ? [] : readDocument(document, `the answer of ${name}`, askerOf(store));
}

/**
 * What an answer says; undefined when it is no JSON. Jaeger's API v3 streams: a document, or one a line, each in an envelope
 * (`result`), with spans of one trace in several of them.
 */
function parse(text: string): unknown {
  const lines = text.split("\n").filter((it) => it.trim() !== "");
  try {
    if (lines.length > 1 && lines.every((it) => /^\{"result":.*\}$/.test(it.trim()))) {
      return lines.map((it) => opened(JSON.parse(it)));
    }
    return opened(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function opened(it: unknown): unknown {
  return typeof it === "object" && it !== null && "result" in it ? it.result : it;
}

/** What says that nothing was found: Zipkin's empty list, and Jaeger's empty `data`. */
function isEmpty(it: object): boolean {
  if (Array.isArray(it)) return it.length === 0;
  const { data } = it as { data?: unknown };
  return data === null || (Array.isArray(data) && data.length === 0);
}
