import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { readMesh } from "@envoy-mesh-lab/mesh";
import type { Verdict } from "./access.ts";
import { healthPath, judge } from "./access.ts";
import type { Asset } from "./assets.ts";
import { ComingTraces } from "./coming-traces.ts";
import { collectorOf } from "./mesh-places.ts";
import { policyHeaders } from "./policy.ts";
import type { PageSettings } from "./session-service.ts";
import { createRelay, spansPath } from "./telemetry.ts";

/** What is served, to whom, and where. */
export interface PageOptions {
  /** Default: this machine alone. In a container the port is published to the host's 127.0.0.1, and this is all of its addresses. */
  readonly host?: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** Where browsers find it. Default: the port on 127.0.0.1. */
  readonly origin?: string;
  readonly token: string;
  readonly assets: ReadonlyMap<string, Asset>;
  /** The origin of the mesh's edge, as the browser sees it. Default: there is none to call. */
  readonly edge?: string | undefined;
  /** Where the Collector takes OTLP over HTTP. Default: what the running mesh says. */
  readonly collector?: string | undefined;
  /** See `PageConfig.inContainer`. Default: false. */
  readonly inContainer?: boolean;
  /** Adds what the page asks for. */
  readonly routes: (router: ConnectRouter, settings: PageSettings) => void;
}

/** A page that is served. */
export interface PageServer {
  readonly origin: string;
  /** Ends it, and the streams that are open. */
  close(): Promise<void>;
}

/** A message may have so many bytes: that of a file to save is the largest. */
const messageBytes = 4 * 1024 * 1024;

/** Serves the page and its services. */
export async function servePage(options: PageOptions): Promise<PageServer> {
  const { host = "127.0.0.1", port, token, assets, edge, collector, inContainer = false, routes } = options;
  const ending = new AbortController();
  const headers = policyHeaders(edge);
  const notFound = (_: IncomingMessage, response: ServerResponse) => answer(response, 404, "nothing here");
  const coming = new ComingTraces();
  const relay = createRelay(async () => collector ?? collectorOf(await readMesh()), coming);
  const rpc = connectNodeAdapter({
    routes: (router) => routes(router, { edge, inContainer, coming }),
    readMaxBytes: messageBytes,
    shutdownSignal: ending.signal,
    // gRPC needs trailers, which browsers do not read.
    grpc: false,
    fallback: (request, response) => void notFound(request as IncomingMessage, response as ServerResponse),
  });
  const originNow = () => options.origin ?? `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const verdict = judge(
      { method: request.method ?? "", target: request.url ?? "", headers: request.headersDistinct },
      token,
      Number(new URL(originNow()).port),
    );
    if (verdict.kind !== "serve") return turnAway(request, response, verdict);
    if (verdict.path === healthPath) return answer(response, 200, "ok");
    if (verdict.path === spansPath) {
      relay(request).then(
        ({ status, text }) => answer(response, status, text),
        // The browser went away in the middle of what it sent.
        () => response.destroy(),
      );
      return;
    }
    const asset = assets.get(verdict.path);
    if (asset === undefined) return rpc(request, response);
    if (request.method !== "GET" && request.method !== "HEAD")
      return answer(response, 405, "files are only read");
    response.setHeader(
      "cache-control",
      asset.isNamedByContent ? "private, max-age=31536000, immutable" : "no-cache",
    );
    response.setHeader("content-type", asset.type);
    response.end(request.method === "HEAD" ? undefined : asset.bytes);
  });
  // Who is slow or comes in numbers is no page.
  server.maxConnections = 200;
  server.headersTimeout = 5_000;
  server.requestTimeout = 30_000;
  server.maxRequestsPerSocket = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, host, resolve);
  });
  return {
    origin: originNow(),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      ending.abort();
      server.closeAllConnections();
      await closed;
    },
  };
}

function turnAway(
  request: IncomingMessage,
  response: ServerResponse,
  verdict: Exclude<Verdict, { kind: "serve" }>,
): void {
  if (verdict.kind === "redirect") {
    response.writeHead(307, {
      location: verdict.location,
      "cache-control": "no-store",
      ...(verdict.cookie === undefined ? {} : { "set-cookie": verdict.cookie }),
    });
    response.end();
    return;
  }
  // A body that nobody reads need not be waited for.
  request.resume();
  response.setHeader("connection", "close");
  const hint = verdict.status === 401 ? "; `lab ui` prints the link that opens this page" : "";
  answer(response, verdict.status, `${verdict.why}${hint}`);
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" });
  response.end(`${text}\n`);
}
