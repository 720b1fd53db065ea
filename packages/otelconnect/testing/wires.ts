import * as http from "node:http";
import * as http2 from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import type { ConnectRouter, Interceptor, Transport } from "@connectrpc/connect";
import { createRouterTransport } from "@connectrpc/connect";
import { connectNodeAdapter, createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { createTransports } from "@envoy-mesh-lab/connections";

/** A protocol of Connect-RPC. */
export type Protocol = "connect" | "grpc" | "grpc-web";
/** A version of HTTP, or calls within the process. */
export type HttpVersion = "1.1" | "2" | "in memory";
/** The four kinds of RPC, by the names of the test service's methods. */
export type Kind = "Unary" | "Server" | "Client" | "Bidi";

/** A way to make a call, and the kinds that it allows. */
export interface Wire {
  readonly version: HttpVersion;
  readonly protocol: Protocol;
  readonly kinds: readonly Kind[];
}

const halfDuplex: readonly Kind[] = ["Unary", "Server", "Client"];
const all: readonly Kind[] = [...halfDuplex, "Bidi"];

/** All ways. Without HTTP/2 there is no bidirectional stream, and no gRPC at all. */
export const wires: readonly Wire[] = [
  { version: "1.1", protocol: "connect", kinds: halfDuplex },
  { version: "1.1", protocol: "grpc-web", kinds: halfDuplex },
  { version: "2", protocol: "connect", kinds: all },
  { version: "2", protocol: "grpc", kinds: all },
  { version: "2", protocol: "grpc-web", kinds: all },
  { version: "in memory", protocol: "connect", kinds: all },
];

/** A server on a real socket, or in memory, and ways to call it. */
export interface WireServer {
  /** Where it is, as its URL says. */
  readonly address: string;
  readonly port: number;
  transport(protocol: Protocol, interceptors: Interceptor[]): Transport;
  /** Breaks all connections, as a server that dies does. */
  vanish(): void;
  /** Ends the server. Resolves when the last connection is gone by itself. */
  close(): Promise<void>;
}

/** Starts a server. */
export async function startWireServer(
  version: HttpVersion,
  interceptors: Interceptor[],
  routes: (router: ConnectRouter) => void,
): Promise<WireServer> {
  if (version === "in memory") {
    return {
      // What createRouterTransport() has for a URL is https://in-memory.
      address: "in-memory",
      port: 443,
      transport: (_, clientInterceptors) =>
        createRouterTransport(routes, {
          router: { interceptors },
          transport: { interceptors: clientInterceptors },
        }),
      vanish() {
        throw new Error("there is no connection that could break");
      },
      close: () => Promise.resolve(),
    };
  }
  const handler = connectNodeAdapter({ interceptors, routes });
  // Tests cancel more calls than clients of good will do, which Node takes for an attack.
  const server =
    version === "2"
      ? http2.createServer({ streamResetBurst: 1_000_000, streamResetRate: 1_000_000 }, handler)
      : http.createServer(handler);
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const agent = new http.Agent({ keepAlive: true });
  const closers: (() => void)[] = [() => agent.destroy()];

  return {
    address: "127.0.0.1",
    port,
    transport(protocol, clientInterceptors) {
      if (version === "2") {
        const transports = createTransports({ url, interceptors: clientInterceptors });
        closers.push(transports.close);
        return transports[protocol];
      }
      const options = {
        baseUrl: url,
        httpVersion: version,
        interceptors: clientInterceptors,
        nodeOptions: { agent },
      };
      return protocol === "grpc-web" ? createGrpcWebTransport(options) : createConnectTransport(options);
    },
    vanish() {
      for (const socket of sockets) {
        socket.destroy();
      }
    },
    async close() {
      for (const close of closers) {
        close();
      }
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
