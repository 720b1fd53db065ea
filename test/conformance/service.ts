import { setTimeout as delay } from "node:timers/promises";
import type { Message, MessageInitShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import type { Any } from "@bufbuild/protobuf/wkt";
import { anyPack } from "@bufbuild/protobuf/wkt";
import type { ConnectRouter, HandlerContext } from "@connectrpc/connect";
import { appendHeaders, toConnectError, toWireHeaders } from "./convert.ts";
import type { PayloadSchema, StreamResponseDefinition, UnaryResponseDefinition } from "./messages.ts";
import { ConformanceService, RequestInfoSchema } from "./messages.ts";

type PayloadInit = MessageInitShape<typeof PayloadSchema>;
type RequestInfoInit = MessageInitShape<typeof RequestInfoSchema>;

/** Serves the suite's service, as service.proto asks of a server under test. Unimplemented is left out on purpose. */
export function serveConformance(router: ConnectRouter): void {
  router.service(ConformanceService, {
    unary: async (request, context) => ({
      payload: await answerOnce(request.responseDefinition, [request], context),
    }),
    idempotentUnary: async (request, context) => ({
      payload: await answerOnce(request.responseDefinition, [request], context),
    }),
    async clientStream(stream, context) {
      const requests = await Array.fromAsync(stream);
      return { payload: await answerOnce(requests[0]?.responseDefinition, requests, context) };
    },
    async *serverStream(request, context) {
      yield* answerMany(request.responseDefinition, [request], context);
    },
    async *bidiStream(stream, context) {
      const unread = stream[Symbol.asyncIterator]();
      const first = await unread.next();
      if (first.done === true) {
        return;
      }
      const { responseDefinition, fullDuplex } = first.value;
      if (!fullDuplex) {
        const rest = await Array.fromAsync({ [Symbol.asyncIterator]: () => unread });
        yield* answerMany(responseDefinition, [first.value, ...rest], context);
        return;
      }
      yield* answerEach(responseDefinition, first.value, unread, context);
    },
  });
}

/** The answer to a call that gets one message. @throws the error that the definition asks for */
async function answerOnce(
  definition: UnaryResponseDefinition | undefined,
  requests: readonly Message[],
  context: HandlerContext,
): Promise<PayloadInit> {
  const requestInfo = describe(requests, context);
  if (definition === undefined) {
    return { requestInfo };
  }
  announce(definition, context);
  await delay(definition.responseDelayMs);
  const { response } = definition;
  if (response.case === "error") {
    throw toConnectError(response.value, [pack(requestInfo)]);
  }
  return response.case === "responseData" ? { data: response.value, requestInfo } : { requestInfo };
}

/** The answers to a call whose requests are all there. @throws the error that the definition asks for */
async function* answerMany(
  definition: StreamResponseDefinition | undefined,
  requests: readonly Message[],
  context: HandlerContext,
): AsyncGenerator<{ payload: PayloadInit }> {
  if (definition === undefined) {
    return;
  }
  announce(definition, context);
  const requestInfo = describe(requests, context);
  for (const [index, data] of definition.responseData.entries()) {
    await delay(definition.responseDelayMs);
    yield { payload: index === 0 ? { data, requestInfo } : { data } };
  }
  if (definition.error !== undefined) {
    const alone = definition.responseData.length === 0;
    throw toConnectError(definition.error, alone ? [pack(requestInfo)] : []);
  }
}

/** One answer for each request, and the answers that are left at the end. @throws the error that is asked for */
async function* answerEach(
  definition: StreamResponseDefinition | undefined,
  first: Message,
  unread: AsyncIterator<Message>,
  context: HandlerContext,
): AsyncGenerator<{ payload: PayloadInit }> {
  if (definition === undefined) {
    return;
  }
  announce(definition, context);
  let request: Message | undefined = first;
  for (const [index, data] of definition.responseData.entries()) {
    const requests: Message[] = request === undefined ? [] : [request];
    await delay(definition.responseDelayMs);
    const requestInfo = index === 0 ? describe(requests, context) : { requests: requests.map(packAny) };
    yield { payload: request === undefined ? { data } : { data, requestInfo } };
    const next: IteratorResult<Message> = await unread.next();
    request = next.done === true ? undefined : next.value;
  }
  if (definition.error !== undefined) {
    const alone = definition.responseData.length === 0;
    throw toConnectError(definition.error, alone ? [pack(describe([first], context))] : []);
  }
}

function announce(
  definition: UnaryResponseDefinition | StreamResponseDefinition,
  context: HandlerContext,
): void {
  appendHeaders(context.responseHeader, definition.responseHeaders);
  appendHeaders(context.responseTrailer, definition.responseTrailers);
}

function describe(requests: readonly Message[], context: HandlerContext): RequestInfoInit {
  const timeoutMs = context.timeoutMs();
  const query = context.requestMethod === "GET" ? [...new URL(context.url).searchParams] : [];
  return {
    requestHeaders: toWireHeaders(context.requestHeader),
    requests: requests.map(packAny),
    ...(timeoutMs === undefined ? {} : { timeoutMs: BigInt(Math.trunc(timeoutMs)) }),
    ...(query.length === 0
      ? {}
      : { connectGetInfo: { queryParams: query.map(([name, value]) => ({ name, value: [value] })) } }),
  };
}

function pack(requestInfo: RequestInfoInit): Any {
  return anyPack(RequestInfoSchema, create(RequestInfoSchema, requestInfo));
}

const inputs = new Map(ConformanceService.methods.map(({ input }) => [input.typeName, input]));

function packAny(request: Message): Any {
  const schema = inputs.get(request.$typeName);
  if (schema === undefined) {
    throw new Error(`${request.$typeName} is not a request of the service`);
  }
  return anyPack(schema, request);
}
