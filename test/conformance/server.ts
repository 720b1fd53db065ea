/** The server under test: reads from the suite what to be, listens, and tells the suite where. */
import * as http from "node:http";
import * as http2 from "node:http2";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { create } from "@bufbuild/protobuf";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { readMessages, writeMessage } from "./framing.ts";
import type { ServerCompatRequest } from "./messages.ts";
import { HttpVersion, registry, ServerCompatRequestSchema, ServerCompatResponseSchema } from "./messages.ts";
import { serveConformance } from "./service.ts";
import { interceptorsOf, openSpans } from "./tracing.ts";

const host = "127.0.0.1";

/** How long calls that the last cases have cancelled may take to end, in milliseconds. */
const lastCallsMs = 3_000;

// The suite ends a server with SIGTERM as soon as it has its answers; exiting, rather than dying of it, lets the exit
// handlers run.
process.on("SIGTERM", async () => {
  const deadline = performance.now() + lastCallsMs;
  while (openSpans() > 0 && performance.now() < deadline) {
    await delay(20);
  }
  process.exit(0);
});

const handler = connectNodeAdapter({
  routes: serveConformance,
  interceptors: interceptorsOf("server"),
  jsonOptions: { registry },
});

for await (const request of readMessages(process.stdin, ServerCompatRequestSchema)) {
  const server = createServer(request).listen(0, host, () => {
    const { port } = server.address() as AddressInfo;
    const pemCert = request.serverCreds?.cert ?? new Uint8Array();
    const response = create(ServerCompatResponseSchema, { host: host, port, pemCert });
    writeMessage(process.stdout, ServerCompatResponseSchema, response);
  });
  // The suite keeps its end of stdin open or not as it likes; there is one request only.
  break;
}

function createServer({ httpVersion, useTls, serverCreds, clientTlsCert }: ServerCompatRequest) {
  const mutual = clientTlsCert.length > 0;
  const tls = {
    cert: Buffer.from(serverCreds?.cert ?? []),
    key: Buffer.from(serverCreds?.key ?? []),
    ...(mutual ? { ca: Buffer.from(clientTlsCert), requestCert: true, rejectUnauthorized: true } : {}),
  };
  if (httpVersion === HttpVersion.http2) {
    return useTls ? http2.createSecureServer(tls, handler) : http2.createServer(handler);
  }
  return useTls ? https.createServer(tls, handler) : http.createServer(handler);
}
