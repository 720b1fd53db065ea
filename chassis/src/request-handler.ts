import type { ConnectRouter, ConnectRouterOptions } from "@connectrpc/connect";
import {
  Code,
  ConnectError,
  createConnectRouter,
  createContextKey,
  createContextValues,
} from "@connectrpc/connect";
import type { connectNodeAdapter } from "@connectrpc/connect-node";
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from "@connectrpc/connect-node";
import type { Admission, CallKind } from "./admission.ts";
import { keepErrorsBrief } from "./brief-errors.ts";
import type { Logger } from "./logger.ts";
import { refuse } from "./refusal.ts";

/** What answers requests of either version of HTTP. */
export type RequestHandler = ReturnType<typeof connectNodeAdapter>;

/** What a request handler answers, and how. */
export interface RequestHandlerOptions extends ConnectRouterOptions {
  /** Registers the RPC services. */
  readonly routes: (router: ConnectRouter) => void;
  /** Answers what is no RPC. */
  readonly fallback: RequestHandler;
  /** Which calls are taken on. Default: all. */
  readonly admission?: Admission;
  /** Full names of the services that are asked for the health of the server. Default: none. */
  readonly healthServices?: ReadonlySet<string>;
  readonly log: Logger;
}

/** Why a call is not taken on; undefined if it is. */
const refusal = createContextKey<string | undefined>(undefined, { description: "refusal" });

/**
 * Makes the handler of a server's requests. It does what connect-node's `connectNodeAdapter` does, but tells
 * of answers that could not be written in the service's log: the adapter writes plain text to standard error
 * each time a caller hangs up in the middle of a stream.
 */
export function createRequestHandler(options: RequestHandlerOptions): RequestHandler {
  const { routes, fallback, log, admission, healthServices = new Set(), ...routerOptions } = options;
  const { interceptors = [] } = routerOptions;
  const router = createConnectRouter({
    ...routerOptions,
    // Before the request is read: what is refused is to cost next to nothing.
    async requestGate(context) {
      keepErrorsBrief(context);
      const reason = context.values.get(refusal);
      if (reason !== undefined) {
        await refuse(context, new ConnectError(reason, Code.Unavailable), interceptors);
      }
    },
  });
  routes(router);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));

  return (request, response) => {
    const path = request.url?.split("?", 1)[0] ?? "";
    const handler = handlers.get(path);
    if (handler === undefined) {
      fallback(request, response);
      return;
    }
    const universal = readRequest(log, request, response);
    if (universal === undefined) {
      response.writeHead(400, { "content-type": "application/json" });
      response.end('{"error":"the host and the path of the request make no URL"}\n');
      return;
    }
    const { typeName } = handler.service;
    const kind = healthServices.has(typeName) ? "health" : kindOf(handler.method.methodKind);
    const entry = admission?.enter(kind);
    response.once("close", () => entry?.leave());
    const contextValues = createContextValues().set(refusal, entry?.refusal);
    handler({ ...universal, contextValues, signal: callerGone(universal.signal) })
      .then((answer) => universalResponseToNodeResponse(answer, response))
      .catch((error: unknown) => {
        // A caller that is gone cannot be answered; that it went is in the line of the RPC.
        const level = universal.signal.aborted ? "debug" : "error";
        log[level]({ err: error, path }, "the answer could not be written");
        response.destroy();
      });
  };
}

function kindOf(methodKind: string): CallKind {
  return methodKind === "unary" ? "unary" : "stream";
}

/**
 * The request as Connect's handlers take it; undefined if its host and path make no URL, or it has no host. connect-node
 * throws then, where nobody catches it: any caller could end the service, with two Host headers for one, which Envoy (1.40)
 * joins by a comma, or with HTTP/1.0, which needs none.
 */
function readRequest(
  log: Logger,
  ...[request, response]: Parameters<RequestHandler>
): ReturnType<typeof universalRequestFromNodeRequest> | undefined {
  try {
    return universalRequestFromNodeRequest(request, response, undefined, undefined);
  } catch (error) {
    log.debug({ err: error }, "the request is malformed");
    return undefined;
  }
}

/**
 * A caller's reset, as the cancellation that it is.
 *
 * An Envoy (1.40) passes every reset of its caller on as INTERNAL_ERROR, a deadline's CANCEL too, and connect-node takes
 * that for an error of this service. Whatever its code, a reset of a request says that nobody waits for the answer.
 */
function callerGone(signal: AbortSignal): AbortSignal {
  const gone = new AbortController();
  signal.addEventListener("abort", () => {
    const { reason } = signal;
    const isReset = reason instanceof ConnectError && reason.code === Code.Internal;
    gone.abort(
      isReset ? new ConnectError("the caller has gone", Code.Canceled, undefined, undefined, reason) : reason,
    );
  });
  return gone.signal;
}
