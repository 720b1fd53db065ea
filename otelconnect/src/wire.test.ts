import assert from "node:assert/strict";
import * as http from "node:http";
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { after, afterEach, before, describe, test } from "node:test";
import type { Client, Transport } from "@connectrpc/connect";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import {
  connectNodeAdapter,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import { SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { EchoService } from "../testing/echo-service.ts";
import { endedSpans, registerTracing } from "../testing/tracing.ts";
import { createClientInterceptor, createServerInterceptor } from "./index.ts";

const exporter = registerTracing();
afterEach(() => exporter.reset());

type EchoClient = Client<typeof EchoService>;
type Version = "1.1" | "2";

const handler = connectNodeAdapter({
  interceptors: [createServerInterceptor()],
  routes: (router) =>
    router.service(EchoService, {
      unary: (request) => answer(request.value),
      async *server(request) {
        yield answer(request.value);
        yield answer(request.value);
      },
      async client(requests) {
        const values = await Array.fromAsync(requests, (request) => request.value);
        return answer(values.join(""));
      },
      async *bidi(requests) {
        for await (const request of requests) {
          yield answer(request.value);
        }
      },
    }),
});

/** Answers with the id of the active span, or fails when asked for `fail`. */
function answer(value: string): { value: string } {
  if (value.includes("fail")) {
    throw new ConnectError("as asked", Code.Internal);
  }
  return { value: trace.getActiveSpan()?.spanContext().spanId ?? "none" };
}

async function* textsOf(value: string) {
  yield { value };
  yield { value };
}

/** One call of each kind; resolves with the span ids that the handler saw. */
const kinds: Readonly<Record<string, (client: EchoClient, value: string) => Promise<string[]>>> = {
  Unary: async (client, value) => [(await client.unary({ value })).value],
  Server: (client, value) => Array.fromAsync(client.server({ value }), (message) => message.value),
  Client: async (client, value) => [(await client.client(textsOf(value))).value],
  Bidi: (client, value) => Array.fromAsync(client.bidi(textsOf(value)), (message) => message.value),
};

interface Wire {
  readonly version: Version;
  readonly protocol: string;
  readonly kinds: readonly string[];
  readonly system: "connectrpc" | "grpc";
}

const all = Object.keys(kinds);
// Without HTTP/2 there is no bidirectional stream, and no gRPC at all.
const halfDuplex = all.filter((kind) => kind !== "Bidi");
const wires: readonly Wire[] = [
  { version: "1.1", protocol: "connect", kinds: halfDuplex, system: "connectrpc" },
  { version: "1.1", protocol: "grpc-web", kinds: halfDuplex, system: "grpc" },
  { version: "2", protocol: "connect", kinds: all, system: "connectrpc" },
  { version: "2", protocol: "grpc", kinds: all, system: "grpc" },
  { version: "2", protocol: "grpc-web", kinds: all, system: "grpc" },
];

for (const version of ["1.1", "2"] as const) {
  describe(`HTTP/${version}`, () => {
    const server = version === "2" ? http2.createServer(handler) : http.createServer(handler);
    let port = 0;
    let sessions: Http2SessionManager;
    before(async () => {
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      port = (server.address() as AddressInfo).port;
      sessions = new Http2SessionManager(`http://127.0.0.1:${port}`);
    });
    after(async () => {
      sessions.abort();
      await new Promise((resolve) => {
        server.close(resolve);
        if (server instanceof http.Server) {
          server.closeAllConnections();
        }
      });
    });

    function transport(protocol: string): Transport {
      const options = {
        baseUrl: `http://127.0.0.1:${port}`,
        interceptors: [createClientInterceptor()],
      };
      const versioned =
        version === "2"
          ? { ...options, httpVersion: version, sessionManager: sessions }
          : { ...options, httpVersion: version };
      switch (protocol) {
        case "grpc":
          return createGrpcTransport({ ...options, sessionManager: sessions });
        case "grpc-web":
          return createGrpcWebTransport(versioned);
        default:
          return createConnectTransport(versioned);
      }
    }

    for (const wire of wires.filter((each) => each.version === version)) {
      for (const kind of wire.kinds) {
        test(`${wire.protocol} ${kind}`, async () => {
          const client = createClient(EchoService, transport(wire.protocol));
          const seen = await kinds[kind]?.(client, "hi");
          const [out, into] = await endedSpans(exporter, 2);
          assert.deepEqual([out?.kind, into?.kind], [SpanKind.CLIENT, SpanKind.SERVER]);
          assert.equal(into?.parentSpanContext?.spanId, out?.spanContext().spanId);
          assert.deepEqual([...new Set(seen)], [into?.spanContext().spanId]);
          for (const span of [out, into]) {
            assert.equal(span?.name, `echo.v1.EchoService/${kind}`);
            assert.deepEqual(span?.attributes, {
              "rpc.system.name": wire.system,
              "rpc.method": `echo.v1.EchoService/${kind}`,
              "server.address": "127.0.0.1",
              "server.port": port,
              ...(wire.system === "grpc" ? { "rpc.status_code": "OK" } : {}),
            });
          }
        });

        test(`${wire.protocol} ${kind} that fails`, async () => {
          const client = createClient(EchoService, transport(wire.protocol));
          await assert.rejects(async () => kinds[kind]?.(client, "fail"), { code: Code.Internal });
          const code = wire.system === "grpc" ? "INTERNAL" : "internal";
          for (const span of await endedSpans(exporter, 2)) {
            assert.equal(span.attributes["rpc.status_code"], code);
            assert.equal(span.attributes["error.type"], code);
            assert.deepEqual(span.status, { code: SpanStatusCode.ERROR, message: "as asked" });
          }
        });
      }
    }
  });
}
