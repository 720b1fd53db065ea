import type { Readable, Writable } from "node:stream";
import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { fromBinary, toBinary } from "@bufbuild/protobuf";

/** Length of the big-endian size in front of every message, in bytes. */
const prefix = 4;

/**
 * Reads messages that have their size in front, as the suite writes them to a program under test.
 *
 * @throws when the input ends within a message
 */
export async function* readMessages<Desc extends DescMessage>(
  input: Readable,
  schema: Desc,
): AsyncGenerator<MessageShape<Desc>> {
  let buffer: Buffer = Buffer.alloc(0);
  for await (const chunk of input) {
    buffer = Buffer.concat([buffer, chunk as Buffer]);
    while (buffer.length >= prefix && buffer.length >= prefix + buffer.readUInt32BE()) {
      const end = prefix + buffer.readUInt32BE();
      yield fromBinary(schema, buffer.subarray(prefix, end));
      buffer = buffer.subarray(end);
    }
  }
  if (buffer.length > 0) {
    throw new Error(`the input ended within a message, after ${buffer.length} bytes of it`);
  }
}

/** Writes a message with its size in front, in one piece, so that answers of parallel calls do not mix. */
export function writeMessage<Desc extends DescMessage>(
  output: Writable,
  schema: Desc,
  message: MessageShape<Desc>,
): void {
  const bytes = toBinary(schema, message);
  const framed = Buffer.alloc(prefix + bytes.length);
  framed.writeUInt32BE(bytes.length);
  framed.set(bytes, prefix);
  output.write(framed);
}
