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
  #turn: Promise<unknown> = Promise.resolve();

  /**
   * Reads a body, and hands it on.
   *
   * @param use unpacks it and takes what is in it. One body after the other: 64 kB can be 64 MiB unpacked.
   * @throws {Refusal} when it is too large, or when too much is here already; and what `use` throws.
   */
  async read<T>(body: Readable, use: (bytes: Buffer) => Promise<T>): Promise<T> {
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
      const done = this.#turn.then(() => use(Buffer.concat(chunks)));
      // Whoever waits for it is told of its error; the next one waits for its end only.
      this.#turn = done.catch(() => {});
      return await done;
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
