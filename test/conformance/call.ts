import { setTimeout as delay } from "node:timers/promises";
import type { Message, MessageInitShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import type { CallOptions, Transport } from "@connectrpc/connect";
import { ConnectError, createClient } from "@connectrpc/connect";
import { createWritableIterable } from "@connectrpc/connect/protocol";
import { appendHeaders, toWireError, toWireHeaders } from "./convert.ts";
import type {
  BidiStreamRequest,
  ClientCompatRequest,
  ClientResponseResult,
  ClientStreamRequest,
  IdempotentUnaryRequest,
  PayloadResponse,
  ServerStreamRequest,
  UnaryRequest,
} from "./messages.ts";
import {
  ClientResponseResultSchema,
  ConformanceService,
  PayloadSchema,
  registry,
  StreamType,
} from "./messages.ts";

/** A call as it goes on. */
interface Call {
  readonly request: ClientCompatRequest;
  readonly client: ReturnType<typeof createClient<typeof ConformanceService>>;
  readonly options: CallOptions;
  readonly result: MessageInitShape<typeof ClientResponseResultSchema> & Received;
  /** Cancels the call. */
  readonly cancel: () => void;
}

interface Received {
  payloads: NonNullable<MessageInitShape<typeof ClientResponseResultSchema>["payloads"]>;
  numUnsentRequests: number;
}

/**
 * Makes one call as the suite describes it.
 *
 * @returns what came of it; an error of the call is part of that
 * @throws when the call cannot be made as described
 */
export async function makeCall(
  transport: Transport,
  request: ClientCompatRequest,
): Promise<ClientResponseResult> {
  const controller = new AbortController();
  const headers = new Headers();
  appendHeaders(headers, request.requestHeaders);
  const result: Call["result"] = { payloads: [], numUnsentRequests: 0 };
  const call: Call = {
    request,
    client: createClient(ConformanceService, transport),
    result,
    cancel: () => controller.abort(),
    options: {
      headers,
      signal: controller.signal,
      ...(request.timeoutMs === undefined ? {} : { timeoutMs: request.timeoutMs }),
      onHeader: (received) => {
        result.responseHeaders = toWireHeaders(received);
      },
      onTrailer: (received) => {
        result.responseTrailers = toWireHeaders(received);
      },
    },
  };
  const run = methods[request.method ?? ""];
  if (run === undefined) {
    throw new Error(`the suite asks for an unknown method, ${request.method}`);
  }
  try {
    await run(call);
  } catch (reason) {
    result.error = toWireError(reason);
    // Of a call that fails before its response begins, connect-es has headers and trailers together, on the error.
    const metadata = toWireHeaders(ConnectError.from(reason).metadata);
    result.responseHeaders ??= metadata;
    result.responseTrailers ??= metadata;
  }
  return create(ClientResponseResultSchema, result);
}

const methods: Readonly<Record<string, (call: Call) => Promise<void>>> = {
  async Unary(call) {
    const message = only<UnaryRequest>(call);
    cancelAfterClose(call);
    receive(call, await call.client.unary(message, call.options));
  },
  async IdempotentUnary(call) {
    const message = only<IdempotentUnaryRequest>(call);
    cancelAfterClose(call);
    receive(call, await call.client.idempotentUnary(message, call.options));
  },
  async Unimplemented(call) {
    await call.client.unimplemented(only(call), call.options);
  },
  async ServerStream(call) {
    const responses = call.client.serverStream(only<ServerStreamRequest>(call), call.options);
    cancelAfterClose(call);
    for await (const response of responses) {
      receive(call, response);
    }
  },
  async ClientStream(call) {
    const requests = createWritableIterable<ClientStreamRequest>();
    const response = call.client.clientStream(requests, call.options);
    // Not waited for: a call may well be over before its requests are sent.
    void send(call, requests);
    receive(call, await response);
  },
  async BidiStream(call) {
    const requests = createWritableIterable<BidiStreamRequest>();
    const responses = call.client.bidiStream(requests, call.options)[Symbol.asyncIterator]();
    const inTurn = call.request.streamType === StreamType.fullDuplex;
    await send(call, requests, inTurn ? () => receiveNext(call, responses) : undefined);
    while (await receiveNext(call, responses)) {
      // Every message is recorded as it arrives.
    }
  },
};

/**
 * Sends all requests, then closes or cancels.
 *
 * @param afterEach called after each request; false ends the sending
 * @throws what `afterEach` throws, and nothing else
 */
async function send<T extends Message>(
  call: Call,
  requests: ReturnType<typeof createWritableIterable<T>>,
  afterEach?: () => Promise<boolean>,
): Promise<void> {
  const messages = unpack<T>(call.request);
  for (const [index, message] of messages.entries()) {
    await delay(call.request.requestDelayMs);
    try {
      await Promise.race([requests.write(message), aborted(call)]);
    } catch {
      // What went wrong shows where the response is read; here it only means that nobody takes requests any more.
      call.result.numUnsentRequests = messages.length - index;
      return;
    }
    if (afterEach !== undefined && !(await afterEach())) {
      break;
    }
  }
  if (call.request.cancel?.cancelTiming.case === "beforeCloseSend") {
    call.cancel();
    return;
  }
  requests.close();
  cancelAfterClose(call);
}

async function receiveNext(call: Call, responses: AsyncIterator<PayloadResponse>): Promise<boolean> {
  const next = await responses.next();
  if (next.done !== true) {
    receive(call, next.value);
  }
  return next.done !== true;
}

function receive({ request, result, cancel }: Call, response: PayloadResponse): void {
  result.payloads.push(response.payload ?? create(PayloadSchema));
  const timing = request.cancel?.cancelTiming;
  if (timing?.case === "afterNumResponses" && timing.value === result.payloads.length) {
    cancel();
  }
}

/** Cancels a call some time after its last request, where the suite asks for that. */
function cancelAfterClose({ request, cancel }: Call): void {
  const timing = request.cancel?.cancelTiming;
  if (timing?.case === "afterCloseSendMs") {
    setTimeout(cancel, timing.value);
  } else if (request.cancel !== undefined && timing?.case === undefined) {
    cancel();
  }
}

function aborted({ options: { signal } }: Call): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function only<T extends Message>({ request }: Call): T {
  const [message, ...more] = unpack<T>(request);
  if (message === undefined || more.length > 0) {
    throw new Error(`${request.method} takes one message, there are ${request.requestMessages.length}`);
  }
  return message;
}

function unpack<T extends Message>(request: ClientCompatRequest): T[] {
  return request.requestMessages.map((any) => {
    const message = anyUnpack(any, registry);
    if (message === undefined) {
      throw new Error(`the suite sends a message of an unknown type, ${any.typeUrl}`);
    }
    return message as T;
  });
}
