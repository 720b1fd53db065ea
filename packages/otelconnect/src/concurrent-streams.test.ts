import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "@connectrpc/connect";
import { context, SpanKind, trace } from "@opentelemetry/api";
import { EchoService } from "../testing/echo-service.ts";
import { createRandom } from "../testing/random.ts";
import { eventually, registerTracing } from "../testing/tracing.ts";
import { startWireServer } from "../testing/wires.ts";
import { createClientInterceptor, createServerInterceptor } from "./index.ts";

/** Streams that are open at the same time. */
const streams = 1_000;

const activeTrace = () => trace.getActiveSpan()?.spanContext().traceId;

test(`of ${streams} bidirectional streams at once, cancelled at random, none sees the trace of another`, async (t) => {
  const exporter = registerTracing();
  const random = createRandom(18);
  const foreign: string[] = [];
  let seen = 0;
  /** Holds that the trace that is active is the one that is meant. */
  function check(where: string, wanted: string): void {
    seen++;
    const active = activeTrace();
    if (active !== wanted) foreign.push(`${where}: ${active} instead of ${wanted}`);
  }
  let open = 0;
  let mostOpen = 0;
  const server = await startWireServer("2", [createServerInterceptor()], (router) =>
    router.service(EchoService, {
      async *bidi(requests) {
        mostOpen = Math.max(mostOpen, ++open);
        try {
          for await (const { value } of requests) {
            check("handler", value);
            await sleep(random() * 20);
            check("handler, after a wait", value);
            yield { value };
            check("handler, after an answer", value);
          }
        } finally {
          open--;
        }
      },
    }),
  );
  const client = createClient(EchoService, server.transport("grpc", [createClientInterceptor()]));
  const tracer = trace.getTracer("callers");
  const own = new Set<string>();

  async function stream(): Promise<void> {
    const caller = tracer.startSpan("caller");
    const { traceId } = caller.spanContext();
    own.add(traceId);
    const messages = 1 + Math.floor(random() * 4);
    const controller = new AbortController();
    // Before the first message, between two, or never.
    const cancelled = random() < 0.4 ? Math.floor(random() * messages) : messages;
    const abort = () => controller.abort();
    async function* requests() {
      for (let i = 0; i < messages; i++) {
        check("requests", traceId);
        await sleep(random() * 20);
        check("requests, after a wait", traceId);
        if (i === cancelled) abort();
        yield { value: traceId };
      }
    }
    await context.with(trace.setSpan(context.active(), caller), async () => {
      try {
        for await (const { value } of client.bidi(requests(), { signal: controller.signal })) {
          assert.equal(value, traceId);
          check("reader", traceId);
        }
      } catch (error) {
        if (!controller.signal.aborted) throw error;
        check("reader, after an error", traceId);
      }
      if (cancelled < messages) abort();
    });
    caller.end();
  }

  try {
    await Promise.all(Array.from({ length: streams }, stream));
    await eventually("all handlers have ended", () => open === 0);
    const made = () => exporter.getFinishedSpans().filter(({ kind }) => kind !== SpanKind.INTERNAL);
    const of = (kind: SpanKind) => made().filter((span) => span.kind === kind);
    const clients = new Map(of(SpanKind.CLIENT).map((span) => [span.spanContext().spanId, span]));
    assert.equal(clients.size, streams);
    for (const span of of(SpanKind.SERVER)) {
      const parent = clients.get(span.parentSpanContext?.spanId ?? "");
      assert.equal(parent?.spanContext().traceId, span.spanContext().traceId);
    }
    assert.deepEqual(
      made().filter((span) => !own.has(span.spanContext().traceId)),
      [],
    );
    t.diagnostic(`${seen} looks at the active trace, ${mostOpen} streams open at once in the server`);
    assert.deepEqual(foreign, []);
    assert.ok(mostOpen > streams / 2, `${mostOpen} streams were open at once`);
  } finally {
    server.vanish();
    await server.close();
  }
});
