import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { createOtlpClient } from "../src/otlp-client.ts";
import type { Delivered, RefusedSpans } from "../src/span-delivery.ts";
import { createSpanDelivery } from "../src/span-delivery.ts";
import { spanBytes } from "../src/span-size.ts";

/**
 * Delivers spans to a Collector as a service does, but in one batch, however large they are.
 *
 * @param endpoint Where the Collector takes OTLP over gRPC, for example "http://127.0.0.1:4317".
 * @returns What became of them, which were refused, and what else went wrong.
 */
export async function deliver(
  endpoint: string,
  spans: readonly ReadableSpan[],
): Promise<{ delivered: Delivered; refused: RefusedSpans[]; errors: Error[] }> {
  // The variable that the client reads, as a service's environment has it.
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = endpoint;
  const sender = createOtlpClient();
  const refused: RefusedSpans[] = [];
  const errors: Error[] = [];
  const delivery = createSpanDelivery({
    sender,
    exportTimeoutMs: 30_000,
    onAttempt: (error) => error && errors.push(error),
    onRefused: (it) => refused.push(it),
  });
  const delivered = await delivery.deliver(spans.map((span) => ({ span, bytes: spanBytes(span) })));
  sender.close();
  return { delivered, refused, errors };
}
