import assert from "node:assert/strict";
import { afterEach, suite, test } from "node:test";
import { Code, ConnectError } from "@connectrpc/connect";
import { context as contexts, diag, SpanKind, trace } from "@opentelemetry/api";
import { connectInMemory } from "../testing/in-memory.ts";
import { createMetering } from "../testing/metering.ts";
import { endedSpans, eventually, registerTracing } from "../testing/tracing.ts";
import type { StreamTracing } from "./index.ts";

const exporter = registerTracing();
afterEach(() => {
  exporter.reset();
  diag.disable();
});

const parent = trace.getTracer("test").startSpan("parent");
const inParent = <T>(run: () => T): T => contexts.with(trace.setSpan(contexts.active(), parent), run);

/** Calls a stream and a unary method inside the parent, and says which trace and span was active in the handlers. */
async function callBoth(client: StreamTracing, server: StreamTracing) {
  const metering = createMetering();
  const active: { traceId: string | undefined; spanId: string | undefined; isRecording: boolean }[] = [];
  const look = () => {
    const span = trace.getActiveSpan();
    const { traceId, spanId } = span?.spanContext() ?? {};
    active.push({ traceId, spanId, isRecording: span?.isRecording() ?? false });
  };
  const rpc = connectInMemory(
    {
      async *server({ value }) {
        look();
        yield { value };
        look();
        if (value === "fail") throw new ConnectError("as asked", Code.DataLoss);
      },
      unary: ({ value }) => ({ value }),
    },
    {
      client: { stream: client, meterProvider: metering.provider },
      server: { stream: () => server, meterProvider: metering.provider },
    },
  );
  await inParent(async () => {
    assert.deepEqual((await Array.fromAsync(rpc.server({ value: "one" }))).length, 1);
    await assert.rejects(Array.fromAsync(rpc.server({ value: "fail" })), { code: Code.DataLoss });
    await rpc.unary({ value: "one" });
  });
  const durations = async () =>
    (await metering.read())
      .filter(({ metric }) => metric.endsWith("call.duration"))
      .reduce((sum, it) => sum + it.count, 0);
  await eventually("the durations of both ends of three calls", async () => (await durations()) === 6);
  return active;
}

const ofStreams = (kind: SpanKind) =>
  exporter.getFinishedSpans().filter((span) => span.kind === kind && span.name.endsWith("/Server"));
const { traceId, spanId } = parent.spanContext();

suite("the option stream", () => {
  test('"span": one span for the whole stream, below its caller\'s', async () => {
    await callBoth("span", "span");
    const spans = await endedSpans(exporter, 6);
    assert.deepEqual(new Set(spans.map((span) => span.spanContext().traceId)), new Set([traceId]));
  });

  test('"none": no span, while context, headers and metrics go on', async () => {
    const active = await callBoth("none", "none");
    const spans = await endedSpans(exporter, 2);
    assert.deepEqual(new Set(spans.map(({ name }) => name)), new Set(["echo.v1.EchoService/Unary"]));
    // What the handler does hangs below the caller of the client.
    assert.equal(active.length, 4);
    for (const it of active) assert.deepEqual(it, { traceId, spanId, isRecording: false });
  });

  test('"none" on the client alone: the server\'s span is the child of the caller', async () => {
    await callBoth("none", "span");
    await endedSpans(exporter, 4);
    assert.equal(ofStreams(SpanKind.CLIENT).length, 0);
    for (const span of ofStreams(SpanKind.SERVER)) {
      assert.deepEqual(span.parentSpanContext?.spanId, spanId);
    }
  });

  test('"link": a trace of its own for each stream, with a link to the caller', async () => {
    await callBoth("link", "span");
    await endedSpans(exporter, 6);
    const clients = ofStreams(SpanKind.CLIENT);
    for (const span of clients) {
      assert.equal(span.parentSpanContext, undefined);
      assert.notEqual(span.spanContext().traceId, traceId);
      assert.deepEqual(
        span.links.map((link) => link.context.spanId),
        [spanId],
      );
    }
    // The server's are in the client's traces.
    const traces = (spans: typeof clients) => spans.map((span) => span.spanContext().traceId).toSorted();
    assert.equal(new Set(traces(clients)).size, 2);
    assert.deepEqual(traces(ofStreams(SpanKind.SERVER)), traces(clients));
  });

  test('"link" on the server alone: its spans link to the client\'s', async () => {
    const active = await callBoth("span", "link");
    await endedSpans(exporter, 6);
    const clients = ofStreams(SpanKind.CLIENT);
    const servers = ofStreams(SpanKind.SERVER);
    assert.deepEqual(
      servers.flatMap(({ links }) => links.map((link) => link.context.spanId)).toSorted(),
      clients.map((span) => span.spanContext().spanId).toSorted(),
    );
    assert.ok(servers.every((span) => span.spanContext().traceId !== traceId));
    assert.ok(active.every((it) => it.isRecording && it.traceId !== traceId));
  });

  test("a stream that has nothing to link to starts a trace all the same", async () => {
    const rpc = connectInMemory(
      { async *server() {} },
      { client: { stream: "link" }, server: { filter: () => false } },
    );
    await Array.fromAsync(rpc.server({}));
    const [span] = await endedSpans(exporter, 1);
    assert.deepEqual(span?.links, []);
  });

  test("a function that throws, or gives another word, leaves the stream its span", async () => {
    const errors: unknown[] = [];
    const log = (...args: unknown[]) => void errors.push(args);
    diag.setLogger(
      { error: log, warn() {}, info() {}, debug() {}, verbose() {} },
      { suppressOverrideMessage: true },
    );
    const rpc = connectInMemory(
      { async *server() {} },
      {
        client: {
          stream() {
            throw new Error("broken");
          },
        },
        server: { stream: () => "never" as StreamTracing },
      },
    );
    await Array.fromAsync(rpc.server({}));
    await endedSpans(exporter, 2);
    assert.equal(errors.length, 1);
  });
});
