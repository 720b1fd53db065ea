import assert from "node:assert/strict";
import { glob, readFile } from "node:fs/promises";
import { after, afterEach, before, suite, test } from "node:test";
import { Code, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { SpanKind } from "@opentelemetry/api";
import { EchoService } from "../testing/echo-service.ts";
import { endedSpans, registerTracing } from "../testing/tracing.ts";
import { createHandlers } from "../testing/wire-handlers.ts";
import type { WireServer } from "../testing/wires.ts";
import { startWireServer } from "../testing/wires.ts";
import { createClientInterceptor, createServerInterceptor } from "./index.ts";
import { createClientInterceptor as createSmallInterceptor } from "./web.ts";

const exporter = registerTracing();
afterEach(() => exporter.reset());

test("nothing of Node is used", async () => {
  for await (const file of glob(new URL("*.ts", import.meta.url).pathname)) {
    // Zero code is for Node, and has entry points of its own.
    if (/\.(test|e2e)\.ts$/.test(file) || /\/(register|instrumentation)\.ts$/.test(file)) {
      continue;
    }
    const text = await readFile(file, "utf8");
    const imports = [...text.matchAll(/from "([^"]+)"/g)].map(([, name = ""]) => name);
    for (const name of imports) {
      assert.notEqual(name, "./instrumentation.ts", file);
      assert.match(name, /^(\.\/[\w-]+\.ts|@opentelemetry\/api|@connectrpc\/connect)$/, file);
    }
    assert.doesNotMatch(text, /\b(process|Buffer|setImmediate|NodeJS)\b[.(]/, file);
  }
});

for (const [protocol, createTransport, make] of [
  ["connect", createConnectTransport, createClientInterceptor],
  ["grpc-web", createGrpcWebTransport, createClientInterceptor],
  ["connect", createConnectTransport, createSmallInterceptor],
  ["grpc-web", createGrpcWebTransport, createSmallInterceptor],
] as const) {
  const which = make === createSmallInterceptor ? "the small interceptor" : "the interceptor";
  suite(`a browser's transport over fetch, ${protocol}, ${which}`, () => {
    let server: WireServer;
    const ask = (behavior: string) => ({ value: JSON.stringify({ behavior, code: Code.NotFound }) });
    const makeClient = () =>
      createClient(
        EchoService,
        createTransport({
          baseUrl: `http://127.0.0.1:${server.port}`,
          interceptors: [make()],
        }),
      );
    before(async () => {
      server = await startWireServer("1.1", [createServerInterceptor()], (router) =>
        router.service(EchoService, createHandlers({ step() {}, vanish() {} })),
      );
    });
    after(async () => {
      server.vanish();
      await server.close();
    });

    test("a unary call and a stream are traced", async () => {
      const client = makeClient();
      await client.unary(ask("answer"));
      await Array.fromAsync(client.server(ask("answer")));
      const spans = await endedSpans(exporter, 4);
      const clients = spans.filter((span) => span.kind === SpanKind.CLIENT);
      const servers = spans.filter((span) => span.kind === SpanKind.SERVER);
      assert.deepEqual(
        servers.map((span) => span.parentSpanContext?.spanId).toSorted(),
        clients.map((span) => span.spanContext().spanId).toSorted(),
      );
    });

    test("an error keeps its code", async () => {
      await assert.rejects(makeClient().unary(ask("fail")), { code: Code.NotFound });
      const [out] = await endedSpans(exporter, 2);
      assert.equal(out?.attributes["error.type"], protocol === "connect" ? "not_found" : "NOT_FOUND");
    });

    test("a stream that is left with its signal aborted ends both spans", async () => {
      const controller = new AbortController();
      for await (const _ of makeClient().server(ask("answer then hang"), { signal: controller.signal })) {
        break;
      }
      controller.abort();
      for (const span of await endedSpans(exporter, 2)) {
        assert.match(String(span.attributes["rpc.status_code"]), /^cancell?ed$/i);
      }
    });
  });
}
