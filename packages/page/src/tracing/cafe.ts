import type { MessageInitShape } from "@bufbuild/protobuf";
import type { CallOptions, Transport } from "@connectrpc/connect";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { createClientInterceptor } from "@envoy-mesh-lab/otelconnect";
import { CafeService } from "@envoy-mesh-lab/proto/cafe/v1/cafe_pb.ts";
import type { BehaviorSchema } from "@envoy-mesh-lab/proto/lab/v1/behavior_pb.ts";
import { propagator, tracerProvider } from "./tracing.ts";

/** The protocols that a browser speaks: gRPC itself needs trailers, which `fetch` does not give. */
export const browserProtocols = ["connect", "grpc-web"] as const;
export type BrowserProtocol = (typeof browserProtocols)[number];

/** The RPCs that a browser can call: `fetch` sends no stream of messages over HTTP/1.1. */
export const browserRpcs = ["GetDrink", "OrderDrink", "WatchOrder"] as const;
export type BrowserRpc = (typeof browserRpcs)[number];

/** A call of the café from this browser. */
export interface BrowserCall {
  readonly rpc: BrowserRpc;
  /** Default: Connect. */
  readonly protocol?: BrowserProtocol;
  readonly drink: string;
  /** How the two services are asked to behave. Default: to do nothing but answer. */
  readonly gateway?: MessageInitShape<typeof BehaviorSchema>;
  readonly backend?: MessageInitShape<typeof BehaviorSchema>;
  /** In milliseconds. Default: as long as the edge waits. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** What came of it; a failed call is a result, not an exception. */
export interface BrowserCallResult {
  readonly code: "ok" | keyof typeof Code;
  readonly message?: string;
  /** How many messages came. */
  readonly messages: number;
  /** On the browser's clock, in milliseconds. */
  readonly durationMs: number;
  /** Of the answer; undefined when none came. */
  readonly traceId?: string;
}

/** Calls the café through the edge, in a trace that begins in this browser. */
export async function callCafe(edge: string, call: BrowserCall): Promise<BrowserCallResult> {
  const startedAt = performance.now();
  let messages = 0;
  let traceId: string | undefined;
  const seen = (headers: Headers) => {
    traceId = headers.get("x-trace-id") ?? traceId;
  };
  const result = (code: BrowserCallResult["code"], message?: string): BrowserCallResult => ({
    code,
    messages,
    durationMs: performance.now() - startedAt,
    ...(message === undefined ? {} : { message }),
    ...(traceId === undefined ? {} : { traceId }),
  });
  const options: CallOptions = {
    timeoutMs: call.timeoutMs ?? 15_000,
    onHeader: seen,
    ...(call.signal === undefined ? {} : { signal: call.signal }),
  };
  try {
    for await (const _ of send(transportTo(edge, call.protocol ?? "connect"), call, options)) messages++;
    return result("ok");
  } catch (reason) {
    const error = ConnectError.from(reason);
    seen(error.metadata);
    return result(Code[error.code] as keyof typeof Code, error.rawMessage);
  }
}

async function* send(transport: Transport, call: BrowserCall, options: CallOptions): AsyncIterable<unknown> {
  const client = createClient(CafeService, transport);
  const { drink, gateway = {}, backend = {} } = call;
  const request = { name: drink, gateway, backend };
  if (call.rpc === "WatchOrder") yield* client.watchOrder(request, options);
  else if (call.rpc === "GetDrink") yield await client.getDrink(request, options);
  else yield await client.orderDrink(request, options);
}

function transportTo(edge: string, protocol: BrowserProtocol): Transport {
  const create = protocol === "connect" ? createConnectTransport : createGrpcWebTransport;
  return create({ baseUrl: edge, interceptors: [createClientInterceptor({ tracerProvider, propagator })] });
}
