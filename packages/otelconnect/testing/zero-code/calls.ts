import * as http from "node:http";
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import type * as connect from "@connectrpc/connect";
import type * as connectExpress from "@connectrpc/connect-express";
import type * as connectFastify from "@connectrpc/connect-fastify";
import type * as connectNode from "@connectrpc/connect-node";
import type * as connectWeb from "@connectrpc/connect-web";
import { trace } from "@opentelemetry/api";
import express from "express";
import { fastify } from "fastify";
import { EchoService } from "../echo-service.ts";

/** Connect's packages as an app has loaded them, by `import` or by `require`. */
export interface Modules {
  readonly connect: typeof connect;
  readonly node: typeof connectNode;
  readonly web: typeof connectWeb;
  readonly express: typeof connectExpress;
  readonly fastify: typeof connectFastify;
}

/** Interceptors that the app adds by itself. */
export interface AppInterceptors {
  readonly client?: connect.Interceptor | undefined;
  readonly server?: connect.Interceptor | undefined;
}

/** A server that listens, and how it is ended. */
interface Served {
  readonly port: number;
  close(): Promise<unknown>;
}

/** What the servers are made with. */
type ServerKind = "node" | "http2" | "express" | "fastify" | "memory";

/** Ids of the spans that were active in the app's own code: in its interceptors and in its handlers. */
interface Seen {
  readonly client: (string | undefined)[];
  readonly server: (string | undefined)[];
  readonly handler: (string | undefined)[];
}

/**
 * Makes a unary call and a stream with every transport that the kind of server understands, and prints, as JSON, which
 * spans were active in the app's own interceptors and handlers.
 */
export async function makeCalls(
  modules: Modules,
  kind: ServerKind,
  own: AppInterceptors = {},
): Promise<void> {
  const seen: Seen = { client: [], server: [], handler: [] };
  const watching = (list: (string | undefined)[], added: connect.Interceptor | undefined) => {
    const watch: connect.Interceptor = (next) => (request) => {
      list.push(activeSpan());
      return next(request);
    };
    return added === undefined ? [watch] : [added, watch];
  };
  const routes = (router: connect.ConnectRouter) => {
    router.service(EchoService, {
      unary({ value }) {
        seen.handler.push(activeSpan());
        return { value };
      },
      async *server({ value }) {
        seen.handler.push(activeSpan());
        yield { value };
      },
    });
  };
  const interceptors = watching(seen.server, own.server);
  const clientInterceptors = watching(seen.client, own.client);
  const { createConnectTransport, createGrpcTransport, createGrpcWebTransport } = modules.node;
  const transports: connect.Transport[] = [];
  let served: Served | undefined;
  if (kind === "memory") {
    transports.push(
      modules.connect.createRouterTransport(routes, {
        router: { interceptors },
        transport: { interceptors: clientInterceptors },
      }),
    );
  } else {
    served = await serve(modules, kind, { routes, interceptors });
    const options = { baseUrl: `http://127.0.0.1:${served.port}`, interceptors: clientInterceptors };
    const httpVersion = kind === "http2" ? "2" : "1.1";
    transports.push(createConnectTransport({ ...options, httpVersion }));
    transports.push(createGrpcWebTransport({ ...options, httpVersion }));
    transports.push(
      ...(kind === "http2"
        ? [createGrpcTransport(options)]
        : [modules.web.createConnectTransport(options), modules.web.createGrpcWebTransport(options)]),
    );
  }
  for (const transport of transports) {
    const client = modules.connect.createClient(EchoService, transport);
    const { value } = await client.unary({ value: "hello" });
    for await (const message of client.server({ value })) {
      if (message.value !== "hello") throw new Error(`"hello" came back as "${message.value}"`);
    }
  }
  await served?.close();
  console.log(JSON.stringify({ seen }));
}

function activeSpan(): string | undefined {
  return trace.getActiveSpan()?.spanContext().spanId;
}

async function serve(
  modules: Modules,
  kind: Exclude<ServerKind, "memory">,
  options: { routes: (router: connect.ConnectRouter) => void; interceptors: connect.Interceptor[] },
): Promise<Served> {
  if (kind === "fastify") {
    const app = fastify({ forceCloseConnections: true });
    await app.register(modules.fastify.fastifyConnectPlugin, options);
    await app.listen({ port: 0, host: "127.0.0.1" });
    return { port: portOf(app.server), close: () => app.close() };
  }
  const server =
    kind === "express"
      ? http.createServer(express().use(modules.express.expressConnectMiddleware(options)))
      : kind === "http2"
        ? http2.createServer(modules.node.connectNodeAdapter(options))
        : http.createServer(modules.node.connectNodeAdapter(options));
  const sockets = new Set<{ destroy(): void }>();
  server.on("connection", (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: portOf(server),
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

function portOf(server: { address(): unknown }): number {
  return (server.address() as AddressInfo).port;
}
