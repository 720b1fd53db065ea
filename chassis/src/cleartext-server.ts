import * as http from "node:http";
import * as http2 from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import * as net from "node:net";
import type { RequestHandler } from "./request-handler.ts";
import type { ListenAddress } from "./values.ts";

/** A server that speaks HTTP/1.1 and HTTP/2 on one port, without TLS. */
export interface CleartextServer {
  /** Starts to listen. @throws the system's error, for one EADDRINUSE. */
  listen(address: ListenAddress): Promise<AddressInfo>;
  /** Takes no more connections, and asks the peers of those that are open to send no more requests. */
  drain(): void;
  /** Resolves when every request that was taken is answered. Requests may still come in. */
  idle(): Promise<void>;
  /** Resolves, after a drain, when all connections have closed. */
  closed(): Promise<void>;
  /** Cuts all connections. */
  destroy(): void;
}

/** How every HTTP/2 connection begins: RFC 9113, section 3.4. No HTTP/1.1 method begins like it. */
const http2Preface = Buffer.from("PRI");

/** How long a new connection may take to send its first bytes, in milliseconds. */
const firstBytesTimeoutMs = 10_000;

/** How long a peer may leave a stream open after the complete response, in milliseconds. */
const unreadTimeoutMs = 1_000;

/**
 * Makes a server for proxies that speak HTTP/2 with prior knowledge and for tools that speak HTTP/1.1. Node's
 * servers do one or the other on a port without TLS, so the first bytes of a connection decide which of two
 * servers gets it.
 */
export function createCleartextServer(handler: RequestHandler): CleartextServer {
  const sockets = new Set<Socket>();
  const sessions = new Set<http2.ServerHttp2Session>();
  const busy = new Map<Socket, number>();
  let inFlight = 0;
  let draining = false;
  let onIdle: (() => void) | undefined;

  const take: RequestHandler = (request, response) => {
    inFlight++;
    if ("stream" in request) {
      endUnreadRequest(request.stream);
    }
    response.once("close", () => {
      inFlight--;
      if (inFlight === 0) {
        onIdle?.();
      }
    });
    handler(request, response);
  };

  const http1Server = http.createServer((request, response) => {
    const { socket } = request;
    busy.set(socket, (busy.get(socket) ?? 0) + 1);
    response.once("close", () => {
      busy.set(socket, (busy.get(socket) ?? 1) - 1);
      closeIfIdle(socket);
    });
    if (draining) {
      response.setHeader("connection", "close");
    }
    take(request, response);
  });
  const http2Server = http2.createServer(take);
  http2Server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    // A peer that breaks its connection ends its own requests; there is nothing else to do about it.
    session.on("error", () => session.destroy());
    if (draining) {
      session.close();
    }
  });

  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => {
      sockets.delete(socket);
      busy.delete(socket);
    });
    detectProtocol(socket, (isHttp2) => (isHttp2 ? http2Server : http1Server).emit("connection", socket));
  });

  function closeIfIdle(socket: Socket): void {
    if (draining && busy.get(socket) === 0) {
      socket.end();
    }
  }

  return {
    listen: (address) =>
      new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen(address.port, address.host, () => {
          server.off("error", reject);
          resolve(server.address() as AddressInfo);
        });
      }),
    drain() {
      draining = true;
      server.close();
      for (const session of sessions) {
        // Sends a GOAWAY that names the last request that was taken. Later ones were not looked at, and
        // their senders know that it is safe to send them elsewhere.
        session.close();
      }
      for (const socket of busy.keys()) {
        closeIfIdle(socket);
      }
    },
    idle: () =>
      new Promise((resolve) => {
        onIdle = resolve;
        if (inFlight === 0) {
          resolve();
        }
      }),
    closed: () =>
      new Promise((resolve) => {
        if (server.listening) {
          server.close(() => resolve());
        } else if (sockets.size === 0) {
          resolve();
        } else {
          server.once("close", resolve);
        }
      }),
    destroy() {
      for (const session of sessions) {
        session.destroy();
      }
      for (const socket of sockets) {
        socket.destroy();
      }
    },
  };
}

/**
 * Ends the stream of a request that was answered before it was read to its end, for instance because a
 * message was too large.
 *
 * Connect stops reading and Node leaves it at that: if the peer does not end the stream on its side, it stays
 * open for good, and would hold up the stop of the server. A reset with NO_ERROR after a complete response is
 * in order, see RFC 9113, section 8.1. It comes late, because Node's own client loses the response when both
 * arrive together. A reset with NO_ERROR, by either side, does not close a stream of which Node holds unread data, so
 * it is destroyed as well: it would count as in flight, and keep its data and its connection, for good.
 */
function endUnreadRequest(stream: http2.ServerHttp2Stream): void {
  stream.once("finish", () => {
    const timer = setTimeout(() => {
      stream.close(http2.constants.NGHTTP2_NO_ERROR);
      stream.destroy();
    }, unreadTimeoutMs);
    timer.unref();
    stream.once("close", () => clearTimeout(timer));
  });
}

/** Looks at the first bytes of a connection, leaves them in place, and returns what they mean. */
function detectProtocol(socket: Socket, decide: (isHttp2: boolean) => void): void {
  const giveUp = (): void => {
    socket.destroy();
  };
  // Whichever server gets the socket handles its errors from then on.
  socket.on("error", giveUp);
  socket.setTimeout(firstBytesTimeoutMs, giveUp);
  socket.on("readable", look);

  function look(): void {
    const bytes: Buffer | null = socket.read();
    if (bytes === null) {
      return;
    }
    socket.unshift(bytes);
    const prefix = bytes.subarray(0, http2Preface.length);
    const couldBeHttp2 = http2Preface.subarray(0, prefix.length).equals(prefix);
    if (couldBeHttp2 && prefix.length < http2Preface.length) {
      return;
    }
    socket.off("readable", look);
    socket.off("error", giveUp);
    socket.setTimeout(0);
    socket.removeListener("timeout", giveUp);
    decide(couldBeHttp2);
  }
}
