import assert from "node:assert/strict";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { after, afterEach, before, test } from "node:test";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { context, defaultTextMapSetter } from "@opentelemetry/api";
import { CompositePropagator, W3CBaggagePropagator } from "@opentelemetry/core";
import fc from "fast-check";
import { EchoService } from "../testing/echo-service.ts";
import { rawRequest } from "../testing/raw-request.ts";
import { assertPropagated } from "../testing/trace-context-assertions.ts";
import { spanId, traceContextCases, traceId } from "../testing/trace-context-cases.ts";
import { endedSpans, registerTracing } from "../testing/tracing.ts";
import { createServerInterceptor, createTraceContextPropagator } from "./index.ts";

// The cases of the W3C Trace Context specification, sent as they are over a socket to an interceptor with our propagator:
// each becomes the right span, its calls carry the right headers, and no header does harm.

const exporter = registerTracing();
afterEach(() => exporter.reset());

const propagator = new CompositePropagator({
  propagators: [createTraceContextPropagator(), new W3CBaggagePropagator()],
});
let url: URL;
const agent = new http.Agent({ keepAlive: true });
const server = http.createServer(
  connectNodeAdapter({
    interceptors: [createServerInterceptor({ propagator })],
    routes: (router) =>
      router.service(EchoService, {
        unary() {
          const headers = {};
          propagator.inject(context.active(), headers, defaultTextMapSetter);
          return { value: JSON.stringify(headers) };
        },
      }),
  }),
);
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/echo.v1.EchoService/Unary`);
});
after(async () => {
  agent.destroy();
  await new Promise((resolve) => server.close(resolve));
});

const call = (lines: readonly (readonly [string, string])[]) => rawRequest(url, '""', lines, agent);

for (const each of traceContextCases) {
  test(`${each.section}: ${each.what}`, async () => {
    const { status, body } = await call(each.headers);
    assert.equal(status, 200);
    const { sampled = true, random: _sdk, ...expected } = each;
    const sent = JSON.parse(JSON.parse(body));
    assertPropagated(each, sent);
    if (!sampled) {
      // The parent says not to sample, and so it is.
      assert.deepEqual(exporter.getFinishedSpans(), []);
      return;
    }
    const [span] = await endedSpans(exporter, 1);
    assert.equal(span?.parentSpanContext?.spanId, expected.trace === "continued" ? spanId : undefined);
    assert.equal(span?.spanContext().spanId, sent.traceparent.split("-")[2]);
  });
}

const valid = `00-${traceId}-${spanId}-01`;
// What may stand in a header: visible characters, blanks and Latin-1.
const anything = fc.string({ unit: fc.constantFrom(..." \t!#,;=-_/@%09afAFzZé"), maxLength: 600 });
const nearlyTraceparent = fc
  .tuple(
    fc.constantFrom("00", "01", "ff", "0", "zz"),
    fc.string({ unit: fc.constantFrom(..."0123456789abcdefAG"), minLength: 30, maxLength: 34 }),
    fc.string({ unit: fc.constantFrom(..."0123456789abcdefAG"), minLength: 14, maxLength: 18 }),
    fc.constantFrom("00", "01", "ff", "1", "", "01-more"),
  )
  .map((parts) => parts.join("-"));
const field = fc.tuple(
  fc.constantFrom("traceparent", "tracestate", "baggage"),
  fc.oneof(anything, nearlyTraceparent, fc.constant(valid)),
);

test("no header changes how a call is answered, and each call has one span that ends", async () => {
  const plain = await call([]);
  exporter.reset();
  await fc.assert(
    fc.asyncProperty(fc.array(field, { maxLength: 4 }), async (lines) => {
      const answer = await call(lines);
      assert.equal(answer.status, plain.status);
      const sent = JSON.parse(JSON.parse(answer.body));
      assert.match(sent.traceparent, /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[0-3]$/);
      const spans = exporter.getFinishedSpans();
      exporter.reset();
      assert.equal(spans.length, sent.traceparent.endsWith("1") || sent.traceparent.endsWith("3") ? 1 : 0);
    }),
    { numRuns: 300 },
  );
});
