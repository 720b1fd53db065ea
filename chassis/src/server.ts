import type { AddressInfo } from "node:net";
import type { ConnectRouter, Interceptor } from "@connectrpc/connect";
import { Code, ConnectError } from "@connectrpc/connect";
import { createServerInterceptor } from "@envoy-mesh-lab/otelconnect";
import { Health } from "@envoy-mesh-lab/proto/grpc/health/v1/health_pb.ts";
import { createAdmission } from "./admission.ts";
import { createCleartextServer } from "./cleartext-server.ts";
import type { ServiceConfig } from "./config.ts";
import { createHealth } from "./health.ts";
import { onlyKnownHosts } from "./known-hosts.ts";
import type { Logger } from "./logger.ts";
import { watchPressure } from "./pressure.ts";
import { createRequestHandler } from "./request-handler.ts";
import { createRpcLog } from "./rpc-log.ts";
import type { Telemetry } from "./telemetry.ts";

/** What a server serves. */
export interface ServerOptions {
  readonly config: ServiceConfig;
  readonly log: Logger;
  readonly telemetry: Pick<Telemetry, "counts">;
  /** Full names of the RPC services, for the health protocol. */
  readonly services: readonly string[];
  /** Registers the RPC services. */
  readonly routes: (router: ConnectRouter) => void;
  /** Makes the SERVER spans; health checks do not pass it. Default: `createServerInterceptor` of otelconnect. */
  readonly tracing?: Interceptor;
}

/** A server that runs. */
export interface Server {
  /** Where it listens. */
  readonly address: AddressInfo;
  /**
   * Ends it: unready at once, no new requests, and those in flight get the shutdown timeout to finish; what
   * is left then is cut off with `unavailable`.
   *
   * @returns Whether everything finished in time.
   */
  stop(): Promise<boolean>;
}

/** Most calls for the health of the server at a time; their streams stay open for as long as somebody watches. */
const maxHealthCalls = 100;

/** How long the last answers may take to be written before the connections are cut, in milliseconds. */
const lastWordsMs = 250;

/**
 * Starts the server of a service: its RPCs in all three protocols over HTTP/1.1 and HTTP/2, each with a span
 * and a line in the log; the gRPC health protocol, `/livez`, `/readyz` and `/debug/telemetry`, with neither.
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { config, log, telemetry, tracing = createServerInterceptor() } = options;
  const stopping = new AbortController();
  const givingUp = new AbortController();
  const quiet = new Set<string>([Health.typeName]);
  const readiness = {
    get ready() {
      return !stopping.signal.aborted;
    },
    stopping: stopping.signal,
  };

  function plainAnswer(
    method: string | undefined,
    path: string | undefined,
  ): { readonly status: number; readonly body: unknown } {
    if (method !== "GET" && method !== "HEAD") {
      return { status: 405, body: { error: "only GET" } };
    }
    switch (path) {
      case "/livez":
        return { status: 200, body: { status: "live" } };
      case "/readyz":
        return readiness.ready
          ? { status: 200, body: { status: "ready" } }
          : { status: 503, body: { status: "stopping" } };
      case "/debug/telemetry":
        return { status: 200, body: telemetry.counts() };
      default:
        return { status: 404, body: { error: "nothing here" } };
    }
  }

  const server = createCleartextServer(
    onlyKnownHosts(
      config.allowedHosts,
      createRequestHandler({
        log,
        routes(router) {
          options.routes(router);
          router.service(Health, createHealth(new Set(options.services), readiness));
        },
        interceptors: [
          (next) => {
            const traced = tracing(next);
            return (request) => (quiet.has(request.service.typeName) ? next : traced)(request);
          },
          createRpcLog(log, quiet),
        ],
        readMaxBytes: config.readMaxBytes,
        writeMaxBytes: config.writeMaxBytes,
        maxTimeoutMs: config.maxTimeoutMs,
        admission: createAdmission(
          { unary: config.maxUnaryCalls, stream: config.maxStreams, health: maxHealthCalls },
          watchPressure(),
        ),
        healthServices: quiet,
        shutdownSignal: givingUp.signal,
        fallback(request, response) {
          const { status, body } = plainAnswer(request.method, request.url?.split("?", 1)[0]);
          const allow = status === 405 ? { allow: "GET, HEAD" } : {};
          response.writeHead(status, { "content-type": "application/json", ...allow });
          response.end(`${JSON.stringify(body)}\n`);
        },
      }),
    ),
  );
  const address = await server.listen(config.listen);

  return {
    address,
    async stop() {
      stopping.abort();
      server.drain();
      const finished = await within(config.shutdownTimeoutMs, server.idle());
      if (!finished) {
        givingUp.abort(new ConnectError("the server is stopping", Code.Unavailable));
        await within(lastWordsMs, server.idle());
      }
      // The last frames may still be on their way; connections that are idle by now close by themselves.
      await within(lastWordsMs, server.closed());
      server.destroy();
      return finished;
    },
  };
}

/** Waits for a promise, but not for longer than a time. Returns whether it was resolved in time. */
async function within(timeMs: number, promise: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), timeMs);
  });
  const inTime = await Promise.race([promise.then(() => true as const), timeout]);
  clearTimeout(timer);
  return inTime;
}
