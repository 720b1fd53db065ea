import type { IncomingMessage } from "node:http";
import type { ComingTraces } from "./coming-traces.ts";
import { tracesIn } from "./coming-traces.ts";
import { Limiter } from "./rate.ts";

/** Where a browser's spans come in, as OTLP/HTTP has it. */
export const spansPath = "/v1/traces";

/** What a browser may send: spans of calls by hand and of a few a second, each of 1 to 2 kB. */
const limits = { bytes: 512 * 1024, rate: { perSecond: 10, burst: 30 } };

/** How long the Collector may take, in milliseconds; then the browser tries again by itself. */
const answerMs = 5_000;

/** What a browser is answered. */
export interface RelayAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * Passes spans of the page on to the Collector. So the Collector is reached by no page, and what this page can send is bounded.
 *
 * @param collector base URL for OTLP over HTTP, or how it is found; undefined when the mesh has none.
 * @param coming told the traces that the Collector has taken spans of.
 */
export function createRelay(
  collector: () => Promise<string | undefined>,
  coming: ComingTraces,
): (request: IncomingMessage) => Promise<RelayAnswer> {
  const limiter = new Limiter(limits.rate);
  return async (request) => {
    if (request.method !== "POST") return { status: 405, text: "spans are sent with POST" };
    // What a browser's exporter sends. A form or plain text needs no preflight, so that any page could send it.
    if (!/^application\/json(;|$)/.test(request.headers["content-type"] ?? "")) {
      return { status: 415, text: "spans are taken as OTLP in JSON" };
    }
    if (!limiter.take()) return { status: 429, text: "too many exports a second; try again later" };
    const body = await readBody(request, limits.bytes);
    if (body === undefined) return { status: 413, text: `an export may have ${limits.bytes} bytes` };
    const url = await collector();
    if (url === undefined) return { status: 503, text: "the mesh runs without its Collector" };
    try {
      const response = await fetch(new URL(spansPath, url), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
        redirect: "error",
        signal: AbortSignal.timeout(answerMs),
      });
      if (response.ok) for (const it of tracesIn(Buffer.from(body).toString())) coming.announce(it);
      return { status: response.status, text: await response.text() };
    } catch (error) {
      return { status: 503, text: `the Collector does not answer: ${(error as Error).message}` };
    }
  };
}

/** The whole body of a request; undefined when it is larger than it may be. */
async function readBody(
  request: IncomingMessage,
  limit: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
