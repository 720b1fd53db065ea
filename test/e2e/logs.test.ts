import assert from "node:assert/strict";
import { test } from "node:test";
import { call, createTransport, findRpc } from "@envoy-mesh-lab/load";
import { originsOf, serviceOf } from "@envoy-mesh-lab/trace";
import { aRequest, edgeUrl, logLines, parts, traceOf, until } from "./mesh.ts";

/** Every log line that one request leaves: two services, and three Envoys of which one is passed twice. */
const expectedLines = [
  "backend",
  "backend-proxy inbound",
  "edge inbound",
  "gateway",
  "gateway-proxy inbound",
  "gateway-proxy outbound",
];

test("the log lines of both services and all Envoys join on the trace id, each by the id of a span there", async () => {
  const result = await call(
    createTransport("grpc", edgeUrl),
    aRequest({ rpc: findRpc("OrderDrink", undefined) }),
  );
  const trace = await traceOf(result);
  const origins = originsOf(trace);

  const lines = await until(
    () => parts.flatMap((part) => logLines(part)).filter((it) => it.trace_id === trace.traceId),
    (found) => found.length >= expectedLines.length,
  );
  assert.deepEqual(lines.map((it) => label(it["service.name"], it.direction)).sort(), expectedLines);

  for (const line of lines) {
    const span = trace.spans.find((it) => it.spanId === line.span_id);
    assert.ok(span, `the span ${line.span_id} of this line is in the trace: ${JSON.stringify(line)}`);
    assert.equal(
      label(serviceOf(span), origins(span).direction),
      label(line["service.name"], line.direction),
    );
  }
});

function label(service: unknown, direction: unknown): string {
  return [service, direction].filter(Boolean).join(" ");
}
