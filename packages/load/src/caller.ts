import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Protocol } from "@envoy-mesh-lab/connections";
import { createTransports } from "@envoy-mesh-lab/connections";
import type { CallRequest, CallResult } from "./call/call.ts";
import { call } from "./call/call.ts";

/** A call of a load. Its code is "hung" when it outlived its deadline by far. */
export type LoadCall = CallResult & { readonly protocol: Protocol };

/** One of the calls that a load makes. */
export interface CallKind {
  readonly request: CallRequest;
  readonly protocol: Protocol;
}

/** What makes the calls of a load. */
export interface CallerOptions {
  /** Where the calls go. */
  readonly url: string;
  /** The calls to make, in turn. */
  readonly mix: readonly [CallKind, ...CallKind[]];
  /** Connections to share the calls among. Default: 1. */
  readonly connections?: number;
  /**
   * Whether each call brings a trace id of its own (W3C Trace Context). Only the edge answers a caller with the trace it
   * began, so elsewhere the caller must begin it. Default: false.
   */
  readonly beginsTrace?: boolean;
}

/** Makes the calls of a load. */
export interface Caller {
  /** Makes the call with this place in the schedule. A call that fails is a result. */
  send(index: number): Promise<LoadCall>;
  /** Cuts the connections. */
  close(): void;
}

/** A call that has not ended so long after its deadline hangs, in milliseconds. */
export const graceMs = 5_000;

/** Makes a caller with the transports of the services, which live through draining and broken connections. */
export function createCaller(options: CallerOptions): Caller {
  const { url, mix, connections = 1, beginsTrace = false } = options;
  const connect = () => createTransports({ url, useHttpGet: true });
  const first = connect();
  const all = [first, ...Array.from({ length: connections - 1 }, connect)];
  return {
    async send(index) {
      const { request, protocol } = mix[index % mix.length] ?? mix[0];
      const transports = all[index % all.length] ?? first;
      const begun = beginsTrace ? beginTrace(request) : { request, traceId: undefined };
      const result = await callWithinDeadline(transports[protocol], begun.request);
      const traceId = result.traceId ?? begun.traceId;
      return { ...result, ...(traceId ? { traceId } : {}), protocol };
    },
    close: () => {
      for (const transports of all) {
        transports.close();
      }
    },
  };
}

async function callWithinDeadline(
  transport: Parameters<typeof call>[0],
  request: CallRequest,
): Promise<CallResult> {
  const answered = new AbortController();
  const result = await Promise.race([
    call(transport, request),
    delay(request.timeoutMs + graceMs, hung(request), { signal: answered.signal }),
  ]);
  answered.abort();
  return result;
}

function hung(request: CallRequest): CallResult {
  return {
    rpc: request.rpc.method.name,
    code: "hung",
    responses: [],
    durationMs: request.timeoutMs + graceMs,
  };
}

/** The request with a trace id, in a sampled trace; the user's own traceparent wins. */
function beginTrace(request: CallRequest): { request: CallRequest; traceId: string | undefined } {
  const own = Object.entries(request.headers).find(([name]) => name.toLowerCase() === "traceparent")?.[1];
  if (own !== undefined) {
    return { request, traceId: own.split("-")[1] };
  }
  const traceId = randomBytes(16).toString("hex");
  const traceparent = `00-${traceId}-${randomBytes(8).toString("hex")}-01`;
  return { request: { ...request, headers: { ...request.headers, traceparent } }, traceId };
}
