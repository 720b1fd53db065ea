/** Writes frames of HTTP/2 that no library would: RFC 9113, section 4.1, and headers by RFC 7541, section 6.2.2. */

export const type = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
};
export const endStream = 0x1;
export const endHeaders = 0x4;

/** One frame; `length` may lie about the payload's. */
export function frame(
  kind: number,
  flags: number,
  stream: number,
  payload: Buffer = Buffer.alloc(0),
  length = payload.length,
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(length, 0, 3);
  head.writeUInt8(kind, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

function integer(value: number, prefix: number, first: number): Buffer {
  const limit = 2 ** prefix - 1;
  if (value < limit) {
    return Buffer.from([first | value]);
  }
  const bytes = [first | limit];
  let rest = value - limit;
  for (; rest >= 128; rest = Math.floor(rest / 128)) {
    bytes.push((rest % 128) + 128);
  }
  return Buffer.from([...bytes, rest]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, "latin1");
  return Buffer.concat([integer(bytes.length, 7, 0), bytes]);
}

/** Header fields as literals, in order, whatever they are. */
export function fields(list: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(
    list.map(([name, value]) => Buffer.concat([Buffer.from([0]), text(name), text(value)])),
  );
}

/** A field that is kept in the receiver's table, and so many references to it. */
export function bomb(value: string, references: number): Buffer {
  const kept = Buffer.concat([Buffer.from([0x40]), text("x-bomb"), text(value)]);
  return Buffer.concat([kept, Buffer.alloc(references, 0xbe)]);
}

/** A number of 32 bits. */
export function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
