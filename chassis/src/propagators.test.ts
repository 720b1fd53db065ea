import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultTextMapSetter, propagation, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { CompositePropagator } from "@opentelemetry/core";
import { createPropagators } from "./propagators.ts";

const span = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 1 };
const context = propagation.setBaggage(
  trace.setSpanContext(ROOT_CONTEXT, span),
  propagation.createBaggage({ a: { value: "1" } }),
);

const cases: Readonly<Record<string, readonly string[]>> = {
  "tracecontext,baggage": ["baggage", "traceparent"],
  "tracecontext,tracecontext": ["traceparent"],
  baggage: ["baggage"],
  b3: ["b3"],
  b3multi: ["x-b3-sampled", "x-b3-spanid", "x-b3-traceid"],
  "tracecontext,none": [],
};

for (const [names, headers] of Object.entries(cases)) {
  test(`OTEL_PROPAGATORS=${names} writes ${headers.join(", ") || "nothing"}`, () => {
    const carrier: Record<string, string> = {};
    const propagators = createPropagators(names.split(","));
    new CompositePropagator({ propagators }).inject(context, carrier, defaultTextMapSetter);
    assert.deepEqual(
      Object.keys(carrier)
        .map((name) => name.toLowerCase())
        .toSorted(),
      headers,
    );
  });
}

test("tracecontext is the strict propagator: a malformed member takes the whole tracestate with it", () => {
  const [propagator] = createPropagators(["tracecontext"]);
  const headers = { traceparent: `00-${span.traceId}-${span.spanId}-01`, tracestate: "a=1,B=2" };
  const getter = { keys: () => [], get: (_: unknown, name: string) => headers[name as "traceparent"] };
  const remote = propagator?.extract(ROOT_CONTEXT, headers, getter) ?? ROOT_CONTEXT;
  assert.deepEqual(
    [trace.getSpanContext(remote)?.traceId, trace.getSpanContext(remote)?.traceState],
    [span.traceId, undefined],
  );
});
