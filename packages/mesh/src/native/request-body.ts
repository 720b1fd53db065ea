import type { IncomingMessage } from "node:http";
import { z } from "zod";

/** The body of a request cannot be read; the message says why, and `status` is the answer's. */
export class BodyError extends Error {
  override readonly name = "BodyError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Largest body that is read, in bytes; a mesh of two hundred parts is a tenth of that. */
export const largestBody = 16 * 1024 * 1024;

/**
 * Reads the JSON object in a request's body; an empty one is `{}`.
 *
 * @throws BodyError when it is too large, no JSON, or JSON but no object.
 */
export async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > largestBody) {
      throw new BodyError(413, `The body is larger than ${largestBody} bytes.`);
    }
    chunks.push(chunk);
  }
  const parsed = z.record(z.string(), z.unknown()).safeParse(size === 0 ? {} : parse(Buffer.concat(chunks)));
  if (!parsed.success) {
    throw new BodyError(400, "The body is no JSON object.");
  }
  return parsed.data;
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new BodyError(400, `The body is no JSON: ${error instanceof Error ? error.message : error}`);
  }
}
