import assert from "node:assert/strict";
import { after, afterEach, before, suite, test } from "node:test";
import type { Interceptor } from "@connectrpc/connect";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { ProxyTracerProvider, SpanKind } from "@opentelemetry/api";
import { EchoService } from "../testing/echo-service.ts";
import { endedSpans, registerTracing } from "../testing/tracing.ts";
import type { WireServer } from "../testing/wires.ts";
import { startWireServer, wires } from "../testing/wires.ts";
import { createClientInterceptor, createServerInterceptor, spanKey } from "./index.ts";

const exporter = registerTracing();
afterEach(() => exporter.reset());

/** An error that every call throws, as apps have them in constants. */
const shared = new ConnectError("as asked", Code.NotFound, { "x-own": "kept" });

for (const version of ["1.1", "2", "in memory"] as const) {
  suite(`over HTTP ${version}`, () => {
    const spans: unknown[] = [];
    let server: WireServer;
    before(async () => {
      server = await startWireServer(version, [createServerInterceptor({ traceResponse: true })], (router) =>
        router.service(EchoService, {
          unary({ value }, { values }) {
            spans.push(values.get(spanKey));
            if (value === "fail") throw shared;
            if (value === "throw") throw new TypeError("as asked");
            return { value };
          },
          async *server({ value }) {
            yield { value };
            throw shared;
          },
        }),
      );
    });
    after(() => server.close());

    for (const { protocol } of wires.filter((wire) => wire.version === version)) {
      test(`${protocol}: the answer tells its trace, and errors do`, async () => {
        const client = createClient(EchoService, server.transport(protocol, [createClientInterceptor()]));
        const told: (string | null)[] = [];
        const onHeader = (headers: Headers) => void told.push(headers.get("traceresponse"));
        await client.unary({ value: "x" }, { onHeader });
        await assert.rejects(Array.fromAsync(client.server({ value: "x" }, { onHeader })), {
          code: Code.NotFound,
        });
        const failures = await Promise.allSettled([
          client.unary({ value: "fail" }),
          client.unary({ value: "fail" }),
          client.unary({ value: "throw" }),
        ]);
        for (const { reason } of failures as PromiseRejectedResult[]) {
          assert.ok(reason instanceof ConnectError);
          told.push(reason.metadata.get("traceresponse"));
        }
        const [first, , third] = failures as PromiseRejectedResult[];
        assert.deepEqual([first?.reason.rawMessage, first?.reason.code], ["as asked", Code.NotFound]);
        assert.equal(first?.reason.metadata.get("x-own"), "kept");
        assert.deepEqual([third?.reason.rawMessage, third?.reason.code], ["internal error", Code.Internal]);
        assert.equal(shared.metadata.has("traceresponse"), false, "the app's error stays as it is");
        const servers = (await endedSpans(exporter, 10)).filter(({ kind }) => kind === SpanKind.SERVER);
        assert.deepEqual(
          told.toSorted(),
          servers
            .map((span) => `00-${span.spanContext().traceId}-${span.spanContext().spanId}-01`)
            .toSorted(),
        );
      });
    }

    test("a handler finds its span by the key", async () => {
      spans.length = 0;
      const client = createClient(EchoService, server.transport("connect", []));
      await client.unary({ value: "x" });
      const [span] = await endedSpans(exporter, 1);
      assert.equal(
        (spans[0] as { spanContext(): { spanId: string } }).spanContext().spanId,
        span?.spanContext().spanId,
      );
    });
  });
}

test("without an SDK, without a span and by default, answers and values are as they were", async () => {
  const seen: unknown[] = [];
  const look: Interceptor = (next) => async (request) => {
    seen.push(request.contextValues.get(spanKey));
    return next(request);
  };
  for (const options of [
    { tracerProvider: new ProxyTracerProvider(), traceResponse: true },
    { filter: () => false, traceResponse: true },
  ]) {
    const server = await startWireServer("in memory", [createServerInterceptor(options), look], (router) =>
      router.service(EchoService, { unary: ({ value }) => ({ value }) }),
    );
    const told: (string | null)[] = [];
    const client = createClient(EchoService, server.transport("connect", []));
    await client.unary({}, { onHeader: (headers) => void told.push(headers.get("traceresponse")) });
    assert.deepEqual(told, [null]);
  }
  assert.deepEqual(seen, [undefined, undefined]);
});
