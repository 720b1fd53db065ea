import type { Transform } from "node:stream";
import { pipeline, Readable } from "node:stream";
// Not by their names: Node 20 has none of those that are for Zstandard.
import * as zlib from "node:zlib";
import { ExitCode } from "../exit-codes.ts";
import { LabError } from "../lab-error.ts";
import { packingOf } from "./packing.ts";

/** How much is unpacked at a time, in bytes. */
const chunkSize = 1 << 20;

// With these, what is there of packed bytes that are cut off is unpacked; who reads it then sees where it ends.
const gunzipOptions = { chunkSize, finishFlush: zlib.constants.Z_SYNC_FLUSH };
const zstdOptions = { chunkSize, finishFlush: zlib.constants.ZSTD_e_flush };

/** Unpacks bytes that are at hand; gives them back as they are when they are not compressed. */
export function unpackNow(bytes: Uint8Array): Uint8Array {
  const packing = packingOf(bytes);
  return packing === "gzip"
    ? zlib.gunzipSync(bytes, gunzipOptions)
    : packing === "zstd"
      ? withZstd().zstdDecompressSync(bytes, zstdOptions)
      : bytes;
}

/** Unpacks bytes as they come; gives them on as they are when they are not compressed. */
export async function* unpacked(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const source = chunks[Symbol.asyncIterator]();
  let first: Buffer = Buffer.alloc(0);
  // Some bytes are needed to tell, and a pipe may give them one by one.
  for (let next = await source.next(); !next.done; next = await source.next()) {
    first = first.length === 0 ? next.value : Buffer.concat([first, next.value]);
    if (first.length >= 4) break;
  }
  if (first.length === 0) {
    return;
  }
  const packing = packingOf(first);
  if (packing === undefined) {
    yield* prepend(first, source);
    return;
  }
  yield* through(
    prepend(first, source),
    packing === "gzip" ? zlib.createGunzip(gunzipOptions) : withZstd().createZstdDecompress(zstdOptions),
  );
}

/** Node's compression, where it knows Zstandard. */
function withZstd(): typeof zlib {
  if (zlib.createZstdDecompress === undefined) {
    throw new LabError(`it is packed with Zstandard, which Node ${process.version} cannot unpack`, {
      exitCode: ExitCode.usage,
      hint: "Node 22.15 and newer can; or unpack it first, with zstd -d",
    });
  }
  return zlib;
}

function through(chunks: AsyncIterable<Buffer>, unpack: Transform): AsyncIterable<Buffer> {
  // pipeline, unlike pipe, hands an error of the source on to who reads what was unpacked; so it is not lost here.
  pipeline(Readable.from(chunks, { objectMode: false }), unpack, () => {});
  return unpack;
}

async function* prepend(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  for (let next = await rest.next(); !next.done; next = await rest.next()) {
    yield next.value;
  }
}
