import type { Writable } from "node:stream";

const piece = Buffer.alloc(16_384);

/** Writes without end, as fast as it is taken, until the stream is no more. */
export function pour(stream: Writable): void {
  const more = () => {
    while (!stream.destroyed) {
      if (!stream.write(piece)) return;
    }
  };
  stream.on("drain", more);
  more();
}
