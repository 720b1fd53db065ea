// Registers an SDK that prints the spans of the process as one line of JSON when it ends: node --import ./spans.ts app.ts
import { SpanKind } from "@opentelemetry/api";
import { registerTracing } from "../tracing.ts";

/** A span as the tests want it. */
export interface PrintedSpan {
  readonly kind: "CLIENT" | "SERVER" | "INTERNAL";
  readonly name: string;
  readonly system: unknown;
  readonly id: string;
  readonly parent: string | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
}

const exporter = registerTracing();
process.on("exit", () => {
  const spans = exporter.getFinishedSpans().map((span) => ({
    kind: SpanKind[span.kind],
    name: span.name,
    system: span.attributes["rpc.system.name"],
    id: span.spanContext().spanId,
    parent: span.parentSpanContext?.spanId,
    attributes: span.attributes,
  }));
  // Of a process and its Worker, the one that made none has nothing to say.
  if (spans.length > 0) {
    console.log(JSON.stringify({ spans }));
  }
});
