/** A message in the envelope of gRPC, gRPC-Web and Connect's streams; `length` may lie. */
export function envelope(
  flags: number,
  message: string | Buffer,
  length = Buffer.byteLength(message),
): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flags, 0);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, Buffer.from(message)]);
}
