import { randomBytes } from "node:crypto";
import * as http from "node:http";
import * as http2 from "node:http2";
import type { Interceptor } from "@connectrpc/connect";
import { createClient } from "@connectrpc/connect";
import { connectNodeAdapter, createConnectTransport } from "@connectrpc/connect-node";
import { createClientInterceptor, createServerInterceptor } from "../src/index.ts";
import { EchoService } from "../testing/echo-service.ts";
import { floorInterceptors } from "./floor.ts";
import type { Peer } from "./peer.ts";
import { drinkText, listen } from "./peer.ts";
import type { SpanSample } from "./protocol.ts";
import type { Variant } from "./variants.ts";
import { streamLength } from "./variants.ts";

/** connect-es at both ends. */
export const connectPeer: Peer = {
  serve(variant, sample) {
    const handler = connectNodeAdapter({
      interceptors: interceptors(variant, createServerInterceptor, () =>
        floorInterceptors.server(given(sample)),
      ),
      routes: (router) =>
        router.service(EchoService, {
          unary: (request) => ({ value: request.value }),
          async *bidi(requests) {
            for await (const { value } of requests) yield { value };
          },
        }),
    });
    return listen(variant.wire === "connect-h1" ? http.createServer(handler) : http2.createServer(handler));
  },
  caller(variant, port, sample) {
    const transport = createConnectTransport({
      baseUrl: `http://127.0.0.1:${port}`,
      httpVersion: variant.wire === "connect-h1" ? "1.1" : "2",
      interceptors: interceptors(variant, createClientInterceptor, () =>
        floorInterceptors.client(given(sample)),
      ),
    });
    const client = createClient(EchoService, transport);
    if (variant.wire !== "connect-h2-stream") {
      return async () => {
        const { value } = await client.unary({ value: drinkText });
        if (value !== drinkText) throw new Error(`the server answered ${value}`);
      };
    }
    return async () => {
      let received = 0;
      for await (const { value } of client.bidi(texts())) {
        if (value === drinkText) received++;
      }
      if (received !== streamLength) throw new Error(`${received} of ${streamLength} messages came back`);
    };
  },
};

async function* texts(): AsyncGenerator<{ value: string }> {
  for (let i = 0; i < streamLength; i++) yield { value: drinkText };
}

function interceptors(
  { instrumentation }: Variant,
  ours: () => Interceptor,
  floor: () => Interceptor,
): Interceptor[] {
  switch (instrumentation) {
    case "otelconnect":
      return [ours()];
    case "floor":
      return [floor()];
    case "header":
      return [headerOnly];
    default:
      return [];
  }
}

/** Sends a traceparent of its own with each call, as tracers do, and does nothing else. On a server it is there already. */
const headerOnly: Interceptor = (next) => (request) => {
  if (!request.header.has("traceparent")) {
    request.header.set(
      "traceparent",
      `00-${randomBytes(16).toString("hex")}-${randomBytes(8).toString("hex")}-01`,
    );
  }
  return next(request);
};

function given(sample: SpanSample | undefined): SpanSample {
  if (sample === undefined) throw new Error("the floor needs a sample of a span");
  return sample;
}
