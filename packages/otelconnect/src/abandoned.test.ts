import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createClient } from "@connectrpc/connect";
import { SpanKind } from "@opentelemetry/api";
import { EchoService } from "../testing/echo-service.ts";
import { endedSpans, eventually, registerTracing } from "../testing/tracing.ts";
import { startWireServer, wires } from "../testing/wires.ts";
import { createClientInterceptor, createServerInterceptor } from "./index.ts";

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");
const exporter = registerTracing();

for (const { version, protocol } of wires) {
  for (const read of [0, 1]) {
    test(`a stream of which ${read} messages are read and that is let go ends its span: ${protocol}, ${version}`, async () => {
      exporter.reset();
      const server = await startWireServer(version, [createServerInterceptor()], (router) =>
        router.service(EchoService, {
          async *server() {
            yield { value: "one" };
            yield { value: "two" };
          },
        }),
      );
      const client = createClient(EchoService, server.transport(protocol, [createClientInterceptor()]));
      // In a function of its own, so that nothing holds the stream afterwards.
      await (async () => {
        const messages = client.server({})[Symbol.asyncIterator]();
        for (let i = 0; i < read; i++) await messages.next();
      })();
      await eventually("the client's span has ended", () => {
        collect();
        return exporter.getFinishedSpans().some((span) => span.kind === SpanKind.CLIENT);
      });
      const [out] = exporter.getFinishedSpans().filter((span) => span.kind === SpanKind.CLIENT);
      assert.match(String(out?.attributes["rpc.status_code"]), /^cancell?ed$/i);
      // A server hears of it when the connection goes. In memory there is none, and the handler waits on.
      if (version !== "in memory") {
        server.vanish();
        await endedSpans(exporter, 2);
      }
      await server.close();
    });
  }
}
