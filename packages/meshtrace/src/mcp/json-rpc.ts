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

/** Answers one method. */
export type Method = (params: Readonly<Record<string, unknown>>) => unknown;

/**
 * Answers a line of JSON-RPC.
 *
 * @param methods by their names.
 * @returns the answer as a line; undefined where none is due.
 */
export async function answerLine(
  line: string,
  methods: Readonly<Record<string, Method>>,
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
  if (id === undefined) return undefined;
  if (known === undefined) return failed(id, rpcCodes.method, `there is no method ${JSON.stringify(method)}`);
  try {
    return answer(id, { result: await known(params) });
  } catch (error) {
    if (error instanceof RpcError) return failed(id, error.code, error.message);
    throw error;
  }
}
