// Takes the receipts that wait in the queue, all at once, and prints them.
import type { Link } from "@opentelemetry/api";
import { propagation, ROOT_CONTEXT, SpanKind, trace } from "@opentelemetry/api";

const tracer = trace.getTracer("cafe.printer");

/** A message, as the gateway sent it. */
interface Message {
  readonly headers: Record<string, string>;
  readonly receipt: { readonly drink: string; readonly priceCents: number };
}

/** How long the printer waits for more of them when there is a receipt to come, in milliseconds. */
const gatherMs = 200;
let isAwake = false;

/** Called for each drink. The first of them wakes the printer, which prints until nothing comes any more, and sleeps again. */
export function wakePrinter(): void {
  if (isAwake) return;
  isAwake = true;
  setTimeout(() => void printAll(), gatherMs);
}

async function printAll(): Promise<void> {
  try {
    for (;;) {
      const response = await fetch(new URL("/", process.env.QUEUE_URL));
      const messages = (await response.json()) as Message[];
      if (messages.length === 0) break;
      printTogether(messages);
    }
  } catch (error) {
    // What is in the queue stays there, for the next who wakes the printer.
    console.log(JSON.stringify({ msg: "the queue is away", error: String(error) }));
  }
  isAwake = false;
}

/** Prints what came in one go: one length of paper, which is cut afterwards. */
function printTogether(messages: readonly Message[]): void {
  const attributes = {
    "messaging.system": "cafe_queue",
    "messaging.destination.name": "receipts",
    "messaging.operation.name": "process",
    "messaging.operation.type": "process",
    "messaging.batch.message_count": messages.length,
  };
  // A batch has many that caused it, so none of them can be its parent: it is a root, and has a link to each. What is active here
  // is the order that woke the printer, as the timer was set while it was answered.
  const options = { kind: SpanKind.CONSUMER, attributes, links: messages.flatMap(linkTo), root: true };
  tracer.startActiveSpan("process receipts", options, (span) => {
    for (const { receipt } of messages) console.log(JSON.stringify({ msg: "receipt printed", ...receipt }));
    span.end();
  });
}

/** A link to the span that sent a message; none where its headers name no span. */
function linkTo({ headers }: Message): Link[] {
  const context = trace.getSpanContext(propagation.extract(ROOT_CONTEXT, headers));
  return context === undefined ? [] : [{ context }];
}
