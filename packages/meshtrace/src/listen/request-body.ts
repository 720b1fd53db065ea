import type { Readable } from "node:stream";
import { promisify } from "node:util";
import * as zlib from "node:zlib";
import { grpcCode, Refusal } from "./refusal.ts";

const gunzip = promisify(zlib.gunzip);
const inflate = promisify(zlib.inflate);

/** How large a request may be, packed and unpacked, in bytes: three times what the Collector takes (20 MiB). */
const bodyLimit = 64 << 20;

/** How much of all requests together may be here and not read yet, in bytes. */
const inFlightLimit = 128 << 20;

/** Reads the bodies of requests, so many at a time as memory is meant to hold. */
export class RequestBodies {
  #inFlight = 0;

  /**
   * Reads and unpacks a body.
   *
   * @param encoding as the header says: gzip, deflate or identity.
   * @throws {Refusal} when it is too large, when too much is here already, or when it cannot be unpacked.
   */
  async read(body: Readable, encoding: string): Promise<Buffer> {
    let length = 0;
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of body as AsyncIterable<Buffer>) {
        length += chunk.length;
        this.#inFlight += chunk.length;
        if (length > bodyLimit) throw tooLarge();
        if (this.#inFlight > inFlightLimit) {
          throw new Refusal(
            429,
            grpcCode.resourceExhausted,
            "too much is sent at the same time; send it again",
          );
        }
        chunks.push(chunk);
      }
      return await unpackBody(Buffer.concat(chunks), encoding);
    } finally {
      this.#inFlight -= length;
    }
  }
}

/** @throws {Refusal} for what cannot be unpacked, or is too large. */
export async function unpackBody(bytes: Buffer, encoding: string): Promise<Buffer> {
  const options = { maxOutputLength: bodyLimit };
  try {
    switch (encoding) {
      case "":
      case "identity":
        return bytes;
      case "gzip":
        return await gunzip(bytes, options);
      case "deflate":
        return await inflate(bytes, options);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge();
    throw new Refusal(400, grpcCode.invalidArgument, `it is not ${encoding}: ${(error as Error).message}`);
  }
  throw new Refusal(
    415,
    grpcCode.unimplemented,
    `content encoding "${encoding}" is not taken; gzip, deflate and identity are`,
  );
}

function tooLarge(): Refusal {
  return new Refusal(413, grpcCode.resourceExhausted, `a request may have ${bodyLimit >> 20} MiB, unpacked`);
}
