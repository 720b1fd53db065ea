// Puts the receipt of each order into the queue, from which the kitchen takes them when it has time.
import { SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";

const tracer = trace.getTracer("cafe.receipts");

/** What is to be printed. */
export interface Receipt {
  readonly drink: string;
  readonly priceCents: number;
}

/** A message, as the queue keeps it. It does not look at either; headers are for who sends and who takes. */
interface Message {
  readonly headers: Record<string, string>;
  readonly receipt: Receipt;
}

/** Sends a receipt. When that fails, its span says so, and the guest gets the drink all the same. */
export function sendReceipt(receipt: Receipt): Promise<void> {
  const attributes = {
    "messaging.system": "cafe_queue",
    "messaging.destination.name": "receipts",
    "messaging.operation.name": "send",
    "messaging.operation.type": "send",
  };
  return tracer.startActiveSpan("send receipts", { kind: SpanKind.PRODUCER, attributes }, async (span) => {
    try {
      const message: Message = { headers: {}, receipt };
      await fetch(new URL("/", process.env.QUEUE_URL), { method: "POST", body: JSON.stringify(message) });
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
    } finally {
      span.end();
    }
  });
}
