import assert from "node:assert/strict";
import { mock, test } from "node:test";
import type { Interceptor } from "@connectrpc/connect";
import { createClient } from "@connectrpc/connect";
import { collectGarbage } from "@envoy-mesh-lab/connections/testing";
import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { EchoService } from "../testing/echo-service.ts";
import { endedSpans, registerTracing } from "../testing/tracing.ts";
import { startWireServer, wires } from "../testing/wires.ts";
import { createClientInterceptor, createServerInterceptor } from "./index.ts";
import { createClientInterceptor as createSmallInterceptor } from "./web.ts";

const exporter = registerTracing();
const clientSpans = () => exporter.getFinishedSpans().filter((span) => span.kind === SpanKind.CLIENT);

/** Collects garbage until a client's span has ended, and lets the time pass that a reader may take for a message. */
async function passTime(rounds = 200): Promise<void> {
  for (let round = 0; round < rounds && clientSpans().length === 0; round++) {
    await collectGarbage();
    mock.timers.tick(60_000);
  }
}

async function startServer(version: Parameters<typeof startWireServer>[0]) {
  exporter.reset();
  return startWireServer(version, [createServerInterceptor()], (router) =>
    router.service(EchoService, {
      async *server() {
        yield { value: "one" };
        yield { value: "two" };
      },
    }),
  );
}

const cases = wires.map(({ version, protocol }) => ({ version, protocol, make: createClientInterceptor }));
for (const { version, protocol, make } of [
  ...cases,
  { version: "1.1", protocol: "connect", make: createSmallInterceptor } as const,
]) {
  for (const read of [0, 1]) {
    const which = make === createSmallInterceptor ? "the small interceptor" : "the interceptor";
    test(`a stream of which ${read} messages are read and that is let go ends its span: ${protocol}, ${version}, ${which}`, async () => {
      const server = await startServer(version);
      const client = createClient(EchoService, server.transport(protocol, [make()]));
      // In a function of its own, so that nothing holds the stream afterwards.
      await (async () => {
        const messages = client.server({})[Symbol.asyncIterator]();
        for (let i = 0; i < read; i++) await messages.next();
      })();
      mock.timers.enable({ apis: ["setTimeout"] });
      try {
        await passTime();
      } finally {
        mock.timers.reset();
      }
      const [out] = clientSpans();
      assert.match(String(out?.attributes["rpc.status_code"]), /^cancell?ed$/i);
      assert.equal(out?.status.code, SpanStatusCode.UNSET);
      // A server hears of it when the connection goes. In memory there is none, and the handler waits on.
      if (version !== "in memory") {
        server.vanish();
        await endedSpans(exporter, 2);
      }
      await server.close();
    });
  }
}

/** Makes a response of its own instead of a copy, so that nothing but the messages goes on to the reader. */
const byHand: Interceptor = (next) => async (request) => {
  const response = await next(request);
  if (!response.stream) {
    return response;
  }
  const { service, method, header, trailer, message } = response;
  return { stream: true, service, method, header, trailer, message };
};
const copying: Interceptor = (next) => async (request) => ({ ...(await next(request)) });

for (const [name, others] of Object.entries({
  "an interceptor that makes a response of its own": [byHand],
  "one that does so with a copy": [byHand, copying],
})) {
  test(`a reader who has but the messages is not taken for gone while it reads: ${name}`, async () => {
    const server = await startServer("2");
    const transport = server.transport("connect", [...others, createClientInterceptor()]);
    const messages = createClient(EchoService, transport).server({})[Symbol.asyncIterator]();
    await messages.next();
    // It takes a while for its first message, but not too long.
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      await collectGarbage();
      mock.timers.tick(59_000);
      assert.deepEqual(clientSpans(), []);
      assert.equal((await messages.next()).value?.value, "two");
      await passTime(3);
    } finally {
      mock.timers.reset();
    }
    assert.deepEqual(clientSpans(), []);
    assert.equal((await messages.next()).done, true);
    const [out] = await endedSpans(exporter, 2);
    assert.equal(out?.attributes["rpc.status_code"], undefined);
    await server.close();
  });
}
