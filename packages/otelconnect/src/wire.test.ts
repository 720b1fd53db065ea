import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { hearsReadersLeave } from "../testing/connect-version.ts";
import { EchoService } from "../testing/echo-service.ts";
import { createEndCounter, eventually, registerTracing } from "../testing/tracing.ts";
import { createHandlers } from "../testing/wire-handlers.ts";
import type { Outcome } from "../testing/wire-scenarios.ts";
import { makeCall, scenarios } from "../testing/wire-scenarios.ts";
import type { Kind, Wire, WireServer } from "../testing/wires.ts";
import { startWireServer, wires } from "../testing/wires.ts";
import { createClientInterceptor, createServerInterceptor } from "./index.ts";
import { createClientInterceptor as createSmallInterceptor } from "./web.ts";

const endCounter = createEndCounter();
const exporter = registerTracing(endCounter);
const tracer = trace.getTracer("test");

/** Ids of the spans that were active in the steps of the current call. */
let inHandler: (string | undefined)[] = [];
let inRequests: (string | undefined)[] = [];
let handlingBegan = () => {};
let messageReceived = () => {};
let server: WireServer;
const activeSpan = () => trace.getActiveSpan()?.spanContext().spanId;

const handlers = createHandlers({
  step() {
    inHandler.push(activeSpan());
    handlingBegan();
  },
  received: () => messageReceived(),
  vanish: () => server.vanish(),
});

/** Codes that are a server's own fault, from the semantic conventions. */
const serverFaults = new Set<Outcome>([
  Code.Unknown,
  Code.DeadlineExceeded,
  Code.Unimplemented,
  Code.Internal,
  Code.Unavailable,
  Code.DataLoss,
]);

/** Value of `rpc.status_code`: snake case in Connect, upper case in gRPC, which spells one differently. */
function statusCode(outcome: Outcome, { protocol }: Wire): string | undefined {
  if (outcome === "ok") {
    return protocol === "connect" ? undefined : "OK";
  }
  const name = (Code[outcome] ?? "").replace(/(?<=.)([A-Z])/g, "_$1").toLowerCase();
  return protocol === "connect" ? name : name.toUpperCase().replace("CANCELED", "CANCELLED");
}

function checkSpan(span: ReadableSpan, wire: Wire, kind: Kind, outcome: Outcome, left = false): void {
  const isError = !left && outcome !== "ok" && (span.kind === SpanKind.CLIENT || serverFaults.has(outcome));
  const code = statusCode(outcome, wire);
  assert.equal(span.name, `echo.v1.EchoService/${kind}`);
  assert.deepEqual(span.attributes, {
    "rpc.system.name": wire.protocol === "connect" ? "connectrpc" : "grpc",
    "rpc.method": `echo.v1.EchoService/${kind}`,
    "server.address": server.address,
    "server.port": server.port,
    ...(code === undefined ? {} : { "rpc.status_code": code }),
    ...(isError ? { "error.type": code } : {}),
  });
  assert.equal(span.status.code, isError ? SpanStatusCode.ERROR : SpanStatusCode.UNSET);
  assert.deepEqual(span.events, []);
  assert.deepEqual(span.links, []);
}

function outcomeOf(error: unknown): Outcome {
  return error === undefined ? "ok" : ConnectError.from(error).code;
}

const makers = { createClientInterceptor, createSmallInterceptor };

for (const [version, maker] of [
  ["1.1", "createClientInterceptor"],
  ["2", "createClientInterceptor"],
  ["in memory", "createClientInterceptor"],
  // Over the sockets that a page has, and all kinds of calls.
  ["1.1", "createSmallInterceptor"],
  ["in memory", "createSmallInterceptor"],
] as const) {
  suite(`${version === "in memory" ? version : `HTTP/${version}`}, ${maker}`, () => {
    before(async () => {
      server = await startWireServer(version, [createServerInterceptor()], (router) =>
        router.service(EchoService, handlers),
      );
    });
    after(async () => {
      // Resolves only if no call left anything open.
      await server.close();
    });

    for (const wire of wires.filter((each) => each.version === version)) {
      suite(wire.protocol, () => {
        let transport: ReturnType<WireServer["transport"]>;
        before(() => {
          transport = server.transport(wire.protocol, [makers[maker]()]);
        });
        for (const scenario of scenarios) {
          if (scenario.needsSocket && version === "in memory") {
            continue;
          }
          for (const kind of wire.kinds.filter((each) => scenario.kinds.includes(each))) {
            test(`${kind}: ${scenario.name}`, async () => {
              inHandler = [];
              inRequests = [];
              const begun = new Promise<void>((resolve) => {
                handlingBegan = resolve;
              });
              const received = new Promise<void>((resolve) => {
                messageReceived = resolve;
              });
              const { error, rootId } = await tracer.startActiveSpan("caller", async (root) => {
                const observation = await makeCall(
                  createClient(EchoService, transport),
                  kind,
                  scenario,
                  { begun, received },
                  () => inRequests.push(activeSpan()),
                );
                root.end();
                return { ...observation, rootId: root.spanContext().spanId };
              });
              await eventually("three spans ended", () => exporter.getFinishedSpans().length >= 3);
              const spans = exporter.getFinishedSpans();
              exporter.reset();

              assert.deepEqual(spans.map((span) => span.kind).toSorted(), [
                SpanKind.INTERNAL,
                SpanKind.SERVER,
                SpanKind.CLIENT,
              ]);
              const out = spans.find((span) => span.kind === SpanKind.CLIENT);
              const into = spans.find((span) => span.kind === SpanKind.SERVER);
              assert.ok(out && into);
              assert.equal(out.parentSpanContext?.spanId, rootId);
              assert.equal(into.parentSpanContext?.spanId, out.spanContext().spanId);
              assert.equal(into.parentSpanContext?.isRemote, true);

              const expected = scenario.expected(wire, kind);
              const left = scenario.caller === "leave after one";
              assert.equal(outcomeOf(error), left ? "ok" : expected.client);
              // Where Connect hears of it, a reader that leaves is not one that cancels.
              checkSpan(out, wire, kind, expected.client, left && hearsReadersLeave);
              const seen = expected.server.find(
                (outcome) => statusCode(outcome, wire) === into.attributes["rpc.status_code"],
              );
              checkSpan(into, wire, kind, seen ?? expected.server[0] ?? "ok");

              assert.deepEqual([...new Set(inHandler)], [into.spanContext().spanId]);
              // In memory, requests are first asked for when the handler, which comes first, wants one. From 2.3 on, that
              // is in time for a handler that begins before it is cancelled.
              const tooEarly =
                version === "in memory" && scenario.caller === "cancel at start" && !hearsReadersLeave;
              const streamsRequests = (kind === "Client" || kind === "Bidi") && !tooEarly;
              assert.deepEqual([...new Set(inRequests)], streamsRequests ? [out.spanContext().spanId] : []);
            });
          }
        }
      });
    }
  });
}

test("every span that was started ended exactly once", () => {
  assert.deepEqual(exporter.getFinishedSpans(), []);
  assert.ok(endCounter.ends.size > 1_000);
  assert.deepEqual(new Set(endCounter.ends.values()), new Set([1]));
});
