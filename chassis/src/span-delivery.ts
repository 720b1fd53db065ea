import { setTimeout as wait } from "node:timers/promises";
import type { BoundedSpan } from "./bounded-span.ts";
import type { SpanSender } from "./otlp-client.ts";

/** How batches are delivered. */
export interface SpanDeliveryOptions {
  readonly sender: SpanSender;
  /** How long a batch is tried to be sent, in milliseconds; after that its spans are given up. */
  readonly exportTimeoutMs: number;
  /** Told of every try, but of those that were too large: the error, or undefined when it went well. */
  readonly onAttempt: (error: Error | undefined) => void;
  /** Told of spans that a Collector which takes others does not take. */
  readonly onRefused: (refused: RefusedSpans) => void;
  /** The first pause between tries, in milliseconds; each one after it is twice as long, up to a second. Default: 100. */
  readonly firstPauseMs?: number;
}

/** Spans that are lost although the Collector is there. */
export interface RefusedSpans {
  /** One span that is too large alone, or some of a batch that was taken otherwise (OTLP's partial success). */
  readonly kind: "tooLarge" | "rejected";
  readonly count: number;
  /** Name of the first span of the batch. */
  readonly name: string;
  /** What the batch takes in an OTLP request, at most. */
  readonly bytes: number;
  /** What the Collector said. */
  readonly reason: string;
}

/** What became of the spans of a batch. */
export interface Delivered {
  readonly exported: number;
  readonly failed: number;
  readonly tooLarge: number;
}

/** Delivers batches of spans. */
export interface SpanDelivery {
  /** Sends a batch until it is taken or given up, in halves where it is too large. Never throws. */
  deliver(batch: readonly BoundedSpan[]): Promise<Delivered>;
  /** Makes no more tries. What becomes of batches that are on their way is not known. */
  abandon(): void;
}

/** Longest pause between two tries, in milliseconds: an outage is over for a service within about a second of its end. */
const longestPauseMs = 1_000;

/**
 * Makes a delivery that tries again while the Collector is away, as OTLP asks for, and finds the span that is to blame when a
 * batch is too large. A batch whose answer was lost is sent twice; receivers know a span by its id.
 */
export function createSpanDelivery(options: SpanDeliveryOptions): SpanDelivery {
  const { sender, exportTimeoutMs, onAttempt, onRefused, firstPauseMs = 100 } = options;
  const abandoned = new AbortController();
  /** Ends the pauses of all batches: one has got through, so the others will too. */
  let through = new AbortController();

  async function deliver(batch: readonly BoundedSpan[], deadline: number): Promise<Delivered> {
    const all = (count: keyof Delivered): Delivered => ({ ...nothing, [count]: batch.length });
    const [spans, name] = [batch.map(({ span }) => span), batch[0]?.span.name ?? ""];
    const bytes = batch.reduce((sum, it) => sum + it.bytes, 0);
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      const result = await sender.send(spans, deadline - performance.now());
      if (result.kind === "accepted") {
        onAttempt(undefined);
        through.abort();
        through = new AbortController();
        const { rejected, reason } = result;
        if (rejected > 0) {
          onRefused({ kind: "rejected", count: rejected, name, bytes, reason });
        }
        return { ...nothing, exported: batch.length - rejected, failed: rejected };
      }
      if (result.kind === "tooLarge") {
        if (batch.length > 1) {
          return deliverHalves(batch, deadline);
        }
        onRefused({ kind: "tooLarge", count: 1, name, bytes, reason: result.error.message });
        return all("tooLarge");
      }
      onAttempt(result.error);
      // Spread, so that the services of a mesh do not all come back at the same moment.
      const spreadMs = pauseMs * (0.5 + Math.random() / 2);
      const asked = result.kind === "retry" ? result.afterMs : undefined;
      const isLate = performance.now() + Math.max(spreadMs, asked ?? 0) > deadline;
      if (result.kind === "refused" || isLate || abandoned.signal.aborted) {
        return all("failed");
      }
      await pause(asked ?? spreadMs, asked === undefined);
    }
  }

  async function deliverHalves(batch: readonly BoundedSpan[], deadline: number): Promise<Delivered> {
    const middle = Math.ceil(batch.length / 2);
    const first = await deliver(batch.slice(0, middle), deadline);
    const second = await deliver(batch.slice(middle), deadline);
    return {
      exported: first.exported + second.exported,
      failed: first.failed + second.failed,
      tooLarge: first.tooLarge + second.tooLarge,
    };
  }

  /** Waits. A time that the Collector asked for is kept; one of our own ends when another batch has got through. */
  async function pause(timeMs: number, endsEarly: boolean): Promise<void> {
    const signals = endsEarly ? [abandoned.signal, through.signal] : [abandoned.signal];
    await wait(timeMs, undefined, { signal: AbortSignal.any(signals) }).catch(() => undefined);
  }

  return {
    deliver: (batch) => deliver(batch, performance.now() + exportTimeoutMs),
    abandon: () => abandoned.abort(),
  };
}

const nothing: Delivered = { exported: 0, failed: 0, tooLarge: 0 };
