import assert from "node:assert/strict";
import { afterEach, suite, test } from "node:test";
import type { Interceptor } from "@connectrpc/connect";
import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { SpanKind } from "@opentelemetry/api";
import { EchoService } from "../testing/echo-service.ts";
import { endedSpans, registerTracing } from "../testing/tracing.ts";
import { createClientInterceptor, createServerInterceptor } from "./index.ts";

const exporter = registerTracing();
afterEach(() => exporter.reset());

/** A client whose calls pass interceptors on both sides, ours and a stranger's further out or further in. */
function connect({ client = [], server = [] }: { client?: Interceptor[]; server?: Interceptor[] }) {
  const transport = createRouterTransport(
    ({ service }) =>
      service(EchoService, {
        unary: ({ value }) => ({ value }),
        async *server({ value }, { signal }) {
          yield { value };
          if (value === "hang") {
            await new Promise((resolve) => signal.addEventListener("abort", resolve));
          }
        },
      }),
    { router: { interceptors: server }, transport: { interceptors: client } },
  );
  return createClient(EchoService, transport);
}

/** A response whose headers cannot be written, as those that fetch has got. */
async function sealedHeaders(): Promise<Headers> {
  const { headers } = await fetch("data:application/proto,x");
  assert.throws(() => headers.set("a", "b"), TypeError);
  return headers;
}

suite("what strangers put around the interceptors harms no call", () => {
  test("a response whose headers cannot be written still has its trace in the answer", async () => {
    const sealed = await sealedHeaders();
    const seal: Interceptor = (next) => async (request) => ({ ...(await next(request)), header: sealed });
    const client = connect({ server: [createServerInterceptor({ traceResponse: true }), seal] });
    let traceresponse: string | null = null;
    const onHeader = (headers: Headers) => {
      traceresponse = headers.get("traceresponse");
    };
    assert.equal((await client.unary({ value: "hello" }, { onHeader })).value, "hello");
    assert.match(String(traceresponse), /^00-/);
  });

  test("context values that take nothing leave the span to the call", async () => {
    const closed = Object.freeze({
      get: <T>(key: { defaultValue: T }) => key.defaultValue,
      set(): never {
        throw new Error("closed");
      },
      delete(): never {
        throw new Error("closed");
      },
    });
    const close: Interceptor = (next) => (request) => next({ ...request, contextValues: closed });
    const client = connect({ server: [close, createServerInterceptor()] });
    assert.equal((await client.unary({ value: "hello" })).value, "hello");
    const [span] = await endedSpans(exporter, 1);
    assert.equal(span?.kind, SpanKind.SERVER);
    assert.equal(span.attributes["rpc.status_code"], undefined, "it has ended well");
  });

  test("frozen requests, messages and responses pass", async () => {
    const freeze: Interceptor = (next) => async (request) =>
      Object.freeze(
        await next(Object.freeze({ ...request, message: Object.freeze(request.message) } as typeof request)),
      );
    const client = connect({
      client: [freeze, createClientInterceptor(), freeze],
      server: [freeze, createServerInterceptor({ traceResponse: true }), freeze],
    });
    assert.equal((await client.unary({ value: "hello" })).value, "hello");
    assert.equal((await Array.fromAsync(client.server({ value: "hello" }))).length, 1);
    assert.equal((await endedSpans(exporter, 4)).length, 4);
  });

  test("the same interceptor twice makes two spans, one below the other, and both end", async () => {
    const own = createServerInterceptor();
    const client = connect({ server: [own, own] });
    await client.unary({ value: "hello" });
    assert.equal((await endedSpans(exporter, 2)).length, 2);
  });

  for (const [where, throws] of [
    [
      "before the call",
      () => () => {
        throw new ConnectError("as asked", Code.DataLoss);
      },
    ],
    ["as its answer", () => () => Promise.reject(new ConnectError("as asked", Code.DataLoss))],
    [
      "after the call",
      (next) => async (request) => {
        await next(request);
        throw new ConnectError("as asked", Code.DataLoss);
      },
    ],
  ] as readonly (readonly [string, Interceptor])[]) {
    for (const side of ["client", "server"] as const) {
      test(`an interceptor of the ${side} that throws ${where} is seen by the one of ours that is outside of it`, async () => {
        const lists = { client: [createClientInterceptor()], server: [createServerInterceptor()] };
        lists[side].push(throws);
        await assert.rejects(connect(lists).unary({ value: "hello" }), { code: Code.DataLoss });
        const spans = exporter.getFinishedSpans();
        const client = spans.find(({ kind }) => kind === SpanKind.CLIENT);
        const server = spans.find(({ kind }) => kind === SpanKind.SERVER);
        assert.equal(client?.attributes["error.type"], "data_loss");
        const reached = side === "server" || where === "after the call";
        assert.equal(server !== undefined, reached);
        assert.equal(server?.attributes["error.type"], side === "server" ? "data_loss" : undefined);
        assert.equal(spans.length, reached ? 2 : 1);
      });

      test(`one further out on the ${side} that throws ${where} leaves no span open`, async () => {
        const lists = { client: [createClientInterceptor()], server: [createServerInterceptor()] };
        lists[side].unshift(throws);
        await assert.rejects(connect(lists).unary({ value: "hello" }), { code: Code.DataLoss });
        const spans = exporter.getFinishedSpans().map(({ kind }) => kind);
        const ours = side === "client" ? SpanKind.CLIENT : SpanKind.SERVER;
        assert.equal(spans.includes(ours), where === "after the call");
      });
    }
  }

  test("hundreds of interceptors around ours on both sides", async () => {
    const many: readonly Interceptor[] = Array.from(
      { length: 500 },
      () => (next) => (request) => next(request),
    );
    const client = connect({
      client: [...many, createClientInterceptor(), ...many],
      server: [...many, createServerInterceptor(), ...many],
    });
    assert.equal((await Array.fromAsync(client.server({ value: "hello" }))).length, 1);
    assert.equal((await endedSpans(exporter, 2)).length, 2);
  });

  test("a signal made of several ends the spans, with the code that Connect gives", async () => {
    const client = connect({ client: [createClientInterceptor()], server: [createServerInterceptor()] });
    const controller = new AbortController();
    const signal = AbortSignal.any([controller.signal, AbortSignal.timeout(60_000)]);
    await assert.rejects(
      async () => {
        for await (const _ of client.server({ value: "hang" }, { signal })) {
          controller.abort();
        }
      },
      { code: Code.Canceled },
    );
    for (const span of await endedSpans(exporter, 2)) {
      assert.equal(span.attributes["rpc.status_code"], "canceled");
    }
  });

  test("headers of a megabyte are cut, in attributes and nowhere else", async () => {
    const big = "x".repeat(1_000_000);
    const options = { requestHeaders: ["x-big"], baggage: ["big"] };
    const client = connect({
      client: [createClientInterceptor(options)],
      server: [createServerInterceptor(options)],
    });
    await client.unary(
      { value: "hello" },
      { headers: { "x-big": big, tracestate: big, baggage: `big=${big}`, traceparent: big } },
    );
    for (const span of await endedSpans(exporter, 2)) {
      assert.ok(JSON.stringify(span.attributes).length < 4_000);
    }
  });
});
