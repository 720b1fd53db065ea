import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Batch, BatchShape } from "./otlp-batch.ts";
import { makeBatch } from "./otlp-batch.ts";

/** A load of spans, bounded in rate and time. */
export interface SpanLoad {
  /** Where OTLP over HTTP is taken: the Collector's, as `http://127.0.0.1:4318`. */
  readonly url: string;
  /** Spans a second. */
  readonly rate: number;
  readonly seconds: number;
  /** Default: 11, as a request through this lab's mesh has. */
  readonly spansPerTrace?: number;
  readonly attributeBytes?: number;
  readonly traceId?: Buffer;
  /** How long a batch is tried for, in milliseconds; then its spans are lost, and counted. Default: 20,000. */
  readonly budgetMs?: number;
}

/** What became of the spans, as their sender knows it. */
export interface SpanCounts {
  readonly made: number;
  /** The Collector's answer for them was 200. */
  accepted: number;
  /** Given up. `accepted` and `lost` make `made`. */
  lost: number;
  /** Spans that were refused or not answered, once for each attempt. */
  refused: number;
  /** Refusals, by HTTP status or error. */
  readonly reasons: Record<string, number>;
  readonly traceIds: readonly string[];
  /** When the last span was made, in milliseconds since 1970. */
  readonly endedAt: number;
  /** The longest time that a batch was late, in milliseconds: beyond a second the sender was the limit. */
  readonly lateMs: number;
}

/** A batch leaves so often, in milliseconds. */
const tick = 100;
/** No try waits longer for its answer, in milliseconds. */
const answerMs = 10_000;

/**
 * Sends spans at a constant rate, whether they are taken or not (an open loop), and sends again what is refused in a
 * way that may pass: 429, 502, 503 and 504 (OTLP specification 1.x, "Retryable Response Codes"), with pauses of 100 ms
 * that double up to 5 s, unless the answer's Retry-After says longer.
 */
export async function sendSpans(load: SpanLoad): Promise<SpanCounts> {
  const { rate, seconds, spansPerTrace = 11, budgetMs = 20_000 } = load;
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const counts = { accepted: 0, lost: 0, refused: 0, reasons: {} as Record<string, number> };
  const traceIds = new Set<string>();
  const underWay: Promise<void>[] = [];
  const began = performance.now();
  let made = 0;
  let lateMs = 0;
  const all = Math.ceil((rate * seconds) / spansPerTrace) * spansPerTrace;
  for (let i = 1; made < all; i++) {
    const due = Math.min(all, Math.round((rate * i * tick) / 1000));
    const traces = Math.floor((due - made) / spansPerTrace);
    const shape: BatchShape = { ...load, traces, spansPerTrace };
    if (traces > 0) {
      const batch = makeBatch(shape);
      for (const id of batch.traceIds) traceIds.add(id);
      made += batch.spans;
      underWay.push(deliver(load.url, agent, batch, budgetMs, counts));
    }
    const early = began + i * tick - performance.now();
    lateMs = Math.max(lateMs, -early);
    if (early > 0) await delay(early);
  }
  const endedAt = Date.now();
  await Promise.all(underWay);
  agent.destroy();
  return { made, ...counts, traceIds: [...traceIds], endedAt, lateMs };
}

type Running = Pick<SpanCounts, "accepted" | "lost" | "refused" | "reasons">;

async function deliver(url: string, agent: Agent, batch: Batch, budgetMs: number, counts: Running) {
  const deadline = performance.now() + budgetMs;
  for (let pauseMs = 100; ; pauseMs = Math.min(pauseMs * 2, 5_000)) {
    const { status, retryAfterMs } = await post(url, agent, batch.bytes);
    if (status === "200") {
      counts.accepted += batch.spans;
      return;
    }
    counts.refused += batch.spans;
    counts.reasons[status] = (counts.reasons[status] ?? 0) + 1;
    const waitMs = Math.max(retryAfterMs, pauseMs * (0.5 + Math.random() / 2));
    const mayPass = /^(429|502|503|504|E\w+|late)$/.test(status);
    if (!mayPass || performance.now() + waitMs > deadline) {
      counts.lost += batch.spans;
      return;
    }
    await delay(waitMs);
  }
}

/** The status of one POST, or the code of the error that came in place of it. */
function post(url: string, agent: Agent, body: Buffer): Promise<{ status: string; retryAfterMs: number }> {
  return new Promise((resolve) => {
    const outgoing = request(
      `${url}/v1/traces`,
      {
        method: "POST",
        agent,
        headers: { "content-type": "application/x-protobuf", "content-length": body.length },
        signal: AbortSignal.timeout(answerMs),
      },
      (response) => {
        response.resume();
        response.once("close", () =>
          resolve({
            status: String(response.statusCode),
            retryAfterMs: Number(response.headers["retry-after"] ?? 0) * 1000,
          }),
        );
      },
    );
    outgoing.once("error", (error: NodeJS.ErrnoException) =>
      resolve({
        status:
          error.name === "AbortError" || error.name === "TimeoutError" ? "late" : (error.code ?? "EUNKNOWN"),
        retryAfterMs: 0,
      }),
    );
    outgoing.end(body);
  });
}
