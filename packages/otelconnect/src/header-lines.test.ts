import assert from "node:assert/strict";
import { once } from "node:events";
import * as http2 from "node:http2";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { propagation, trace } from "@opentelemetry/api";
import { EchoService } from "../testing/echo-service.ts";
import { endedSpans, registerTracing } from "../testing/tracing.ts";
import { startWireServer } from "../testing/wires.ts";
import { createServerInterceptor } from "./index.ts";

const exporter = registerTracing();

// HTTP/1.1 has its cases in trace-context.test.ts. A client of fetch or of Connect cannot send several lines.
test("tracestate and baggage in several lines over HTTP/2 are joined in order", async () => {
  const seen: unknown[] = [];
  const server = await startWireServer("2", [createServerInterceptor()], (router) =>
    router.service(EchoService, {
      unary() {
        seen.push(
          trace.getActiveSpan()?.spanContext().traceState?.serialize(),
          propagation
            .getActiveBaggage()
            ?.getAllEntries()
            .map(([name, { value }]) => `${name}=${value}`),
        );
        return {};
      },
    }),
  );
  const session = http2.connect(`http://${server.address}:${server.port}`);
  try {
    const request = session.request({
      ":method": "POST",
      ":path": "/echo.v1.EchoService/Unary",
      "content-type": "application/json",
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      tracestate: ["a=1,b=2", "c=3"],
      baggage: ["x=1", "y=2,z=3"],
    });
    request.end('""');
    const [headers] = await once(request, "response");
    assert.equal(headers[":status"], 200, await text(request));
    assert.deepEqual(seen, ["a=1,b=2,c=3", ["x=1", "y=2", "z=3"]]);
    const [span] = await endedSpans(exporter, 1);
    assert.equal(span?.parentSpanContext?.spanId, "b7ad6b7169203331");
  } finally {
    session.close();
    await server.close();
  }
});
