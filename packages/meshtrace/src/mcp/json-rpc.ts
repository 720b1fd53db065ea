import { z } from "zod";

/** A request or a notification of JSON-RPC 2.0; a notification has no id, and gets no answer. */
const messageSchema = z.object({
  jsonrpc: z.literal("2.0"),
  id: z.union([z.string(), z.number()]).optional(),
  method: z.string(),
  params: z.record(z.string(), z.unknown()).default({}),
});

/** Codes of errors (https://www.jsonrpc.org/specification, 5.1). */
export const rpcCodes = { parse: -32700, request: -32600, method: -32601, params: -32602 } as const;

/** What a method throws for an error that its caller made. */
export class RpcError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Answers one method; the signal says that nobody waits for the answer any longer. */
export type Method = (params: Readonly<Record<string, unknown>>, cancelled: AbortSignal) => unknown;

/** The requests that are not answered yet, by their ids. */
export type Pending = Map<unknown, AbortController>;

/**
 * Answers a line of JSON-RPC.
 *
 * @param methods by their names.
 * @param pending of the connection that the line came by, for `notifications/cancelled`.
 * @returns the answer as a line; undefined where none is due.
 */
export async function answerLine(
  line: string,
  methods: Readonly<Record<string, Method>>,
  pending: Pending = new Map(),
): Promise<string | undefined> {
  const answer = (id: string | number | null, it: object) => JSON.stringify({ jsonrpc: "2.0", id, ...it });
  const failed = (id: string | number | null, code: number, message: string) =>
    answer(id, { error: { code, message } });
  let document: unknown;
  try {
    document = JSON.parse(line);
  } catch {
    return failed(null, rpcCodes.parse, "this is no JSON");
  }
  const { success, data } = messageSchema.safeParse(document);
  if (!success) return failed(null, rpcCodes.request, "this is no request of JSON-RPC 2.0");
  const { id, method, params } = data;
  const known = Object.hasOwn(methods, method) ? methods[method] : undefined;
  // A notification that is not known is passed over, as the specification asks for.
  if (id === undefined) {
    if (method === "notifications/cancelled") pending.get(params.requestId)?.abort();
    return undefined;
  }
  if (known === undefined) return failed(id, rpcCodes.method, `there is no method ${JSON.stringify(method)}`);
  const stop = new AbortController();
  pending.set(id, stop);
  try {
    const result = await known(params, stop.signal);
    // Who has cancelled it "SHOULD NOT" be sent a response (MCP 2025-11-25, "Cancellation").
    return stop.signal.aborted ? undefined : answer(id, { result });
  } catch (error) {
    if (error instanceof RpcError) return failed(id, error.code, error.message);
    throw error;
  } finally {
    pending.delete(id);
  }
}
