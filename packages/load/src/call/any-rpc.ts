import type { DescMethod, Message } from "@bufbuild/protobuf";
import type { CallOptions, Transport } from "@connectrpc/connect";
import { createClient } from "@connectrpc/connect";

/** A call of an RPC of which nothing is known but its descriptor. */
export interface AnyRequest {
  method: DescMethod;
  message: Message;
  /** How often the message is sent, where the RPC takes a stream. */
  times: number;
}

/** Calls any RPC, of whatever kind and contract, and yields its answers. */
export async function* callAny(
  transport: Transport,
  { method, message, times }: AnyRequest,
  options: CallOptions,
): AsyncIterable<Message> {
  const call = createClient(method.parent, transport)[method.localName];
  if (call === undefined) {
    throw new Error(`${method.parent.typeName} has no ${method.name}`);
  }
  const takesStream = method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming";
  const input = takesStream ? repeat(message, times) : message;
  // What a method takes and answers follows from its kind, which only its descriptor says.
  const answer = (call as AnyCall)(input, options);
  if (Symbol.asyncIterator in answer) yield* answer;
  else yield await answer;
}

type AnyCall = (
  input: Message | AsyncIterable<Message>,
  options: CallOptions,
) => Promise<Message> | AsyncIterable<Message>;

/** The same message, so many times. */
export async function* repeat<T>(message: T, times: number): AsyncIterable<T> {
  for (let i = 0; i < times; i++) {
    yield message;
  }
}
