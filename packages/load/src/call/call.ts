import type { Message } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import type { CallOptions, Transport } from "@connectrpc/connect";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { CafeService } from "@envoy-mesh-lab/proto/cafe/v1/cafe_pb.ts";
import type { Behavior, ErrorCode } from "@envoy-mesh-lab/proto/lab/v1/behavior_pb.ts";
import { BehaviorSchema } from "@envoy-mesh-lab/proto/lab/v1/behavior_pb.ts";
import { callAny, repeat } from "./any-rpc.ts";
import type { Rpc } from "./rpcs.ts";

/** How one of the two services is asked to behave. */
export interface BehaviorOptions {
  /** Time to work before each answer, in milliseconds. Default 0. */
  workMs: number;
  /** The code to fail with. Default none. */
  fail?: Code;
  /** How many messages a stream carries before it fails. Default 0. */
  failAfter: number;
}

/** What to send. */
export interface CallRequest {
  rpc: Rpc;
  /** What is sent to an RPC that is none of the lab's own contract. Default: an order, as the fields below say. */
  message?: Message;
  drink: string;
  /** Number of messages that the caller sends (client, bidi) or asks for (server). */
  messages: number;
  gateway: BehaviorOptions;
  backend: BehaviorOptions;
  /** Deadline of the call in milliseconds; sent as connect-timeout-ms or grpc-timeout. */
  timeoutMs: number;
  headers: Record<string, string>;
}

/** What came of it. */
export interface CallResult {
  rpc: string;
  /** "ok", or the Connect code in snake case. */
  code: string;
  /** The error's text, when there is one. */
  message?: string;
  /** Messages received. */
  responses: unknown[];
  /** From the first byte sent to the last received, on the caller's clock. */
  durationMs: number;
  /** From the first byte sent to the first message received; absent when none came. */
  firstMessageMs?: number;
  /** From the edge's x-trace-id header; absent when no answer came. */
  traceId?: string;
}

/** Makes one call and says what came of it; a failed call is a result, not an exception. */
export async function call(transport: Transport, request: CallRequest): Promise<CallResult> {
  const started = performance.now();
  const { method } = request.rpc;
  const rpc = `${method.parent.typeName}/${method.name}`;
  let traceId: string | undefined;
  const seen = (headers: Headers) => {
    traceId = headers.get("x-trace-id") ?? traceId;
  };
  const options: CallOptions = { timeoutMs: request.timeoutMs, headers: request.headers, onHeader: seen };
  const responses: unknown[] = [];
  let firstMessageMs: number | undefined;
  const result = (code: string, message?: string): CallResult => ({
    rpc,
    code,
    ...(message ? { message } : {}),
    responses,
    durationMs: performance.now() - started,
    ...(firstMessageMs === undefined ? {} : { firstMessageMs }),
    ...(traceId ? { traceId } : {}),
  });
  try {
    for await (const response of send(transport, request, options)) {
      firstMessageMs ??= performance.now() - started;
      responses.push(response);
    }
    return result("ok");
  } catch (reason) {
    const error = ConnectError.from(reason);
    seen(error.metadata);
    return result(codeName(error.code), error.rawMessage);
  }
}

async function* send(
  transport: Transport,
  request: CallRequest,
  options: CallOptions,
): AsyncIterable<unknown> {
  if (request.message !== undefined) {
    const { rpc, message, messages: times } = request;
    yield* callAny(transport, { method: rpc.method, message, times }, options);
    return;
  }
  const client = createClient(CafeService, transport);
  const one = {
    name: request.drink,
    gateway: behavior(request.gateway, request.messages),
    backend: behavior(request.backend, request.messages),
  };
  switch (request.rpc.method.localName) {
    case "getDrink":
      yield await client.getDrink(one, options);
      break;
    case "orderDrink":
      yield await client.orderDrink(one, options);
      break;
    case "watchOrder":
      yield* client.watchOrder(one, options);
      break;
    case "orderRound":
      yield await client.orderRound(repeat(one, request.messages), options);
      break;
    case "serveTable":
      yield* client.serveTable(repeat(one, request.messages), options);
      break;
  }
}

function behavior(options: BehaviorOptions, messages: number): Behavior {
  return create(BehaviorSchema, {
    ...(options.workMs > 0 ? { workTime: durationFromMs(options.workMs) } : {}),
    // ErrorCode has the numbers of Connect's Code.
    errorCode: (options.fail ?? 0) as number as ErrorCode,
    errorAfterMessages: options.failAfter,
    messageCount: messages,
  });
}

/** A Connect code as the Connect protocol spells it: "deadline_exceeded". */
export function codeName(code: Code): string {
  return Code[code].replace(/[A-Z]/g, (letter, at) => `${at === 0 ? "" : "_"}${letter.toLowerCase()}`);
}

/** The code of that name, or undefined. */
export function codeByName(name: string): Code | undefined {
  const all = Object.values(Code).filter((it): it is Code => typeof it === "number");
  return all.find((it) => codeName(it) === name.toLowerCase());
}
