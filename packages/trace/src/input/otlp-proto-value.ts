import type { Attributes, AttributeValue } from "../model.ts";
import { base64 } from "./bytes.ts";
import type { Interner } from "./intern.ts";
import type { Keep } from "./reading.ts";
import { setAttribute } from "./span-parts.ts";
import type { WireReader } from "./wire.ts";
import { WireError, WireType } from "./wire.ts";

/** How deep a value may nest. */
const maxDepth = 32;

/**
 * Reads a KeyValue (key 1, value 2) into attributes.
 *
 * @param keep the keys to keep; all when undefined.
 * @throws {WireError} when it is no protobuf, or nests too deep.
 */
export function readProtoAttribute(
  wire: WireReader,
  into: Attributes,
  texts: Interner,
  keep: Keep,
  depth = 0,
): void {
  const outer = wire.enter();
  let key = "";
  let valueAt: { position: number; wireType: number } | undefined;
  while (wire.next()) {
    if (wire.field === 1) {
      key = texts.text(wire.text());
      continue;
    }
    if (wire.field === 2) valueAt = { position: wire.position, wireType: wire.wireType };
    wire.skip();
  }
  if (keep === undefined || keep.has(key)) {
    // Only now, because a value may stand before its key; the Collector writes it so.
    setAttribute(
      into,
      key,
      valueAt === undefined ? null : readValue(Object.assign(wire, valueAt), texts, depth),
    );
  }
  wire.leave(outer);
}

/** AnyValue: string 1, bool 2, int 3, double 4, array 5 (values 1), kvlist 6 (values 1), bytes 7. */
function readValue(wire: WireReader, texts: Interner, depth: number): AttributeValue {
  if (depth > maxDepth) {
    throw new WireError("a value nests too deep");
  }
  const outer = wire.enter();
  let value: AttributeValue = null;
  while (wire.next()) {
    if (wire.field === 1) {
      value = texts.text(wire.text());
    } else if (wire.field === 2) {
      value = wire.varint() !== 0;
    } else if (wire.field === 3) {
      const int = wire.int64();
      value = int === BigInt.asIntN(53, int) ? Number(int) : int;
    } else if (wire.field === 4 && wire.wireType === WireType.fixed64) {
      value = wire.double();
    } else if (wire.field === 5 || wire.field === 6) {
      value = readList(wire, texts, wire.field === 6, depth);
    } else if (wire.field === 7) {
      value = base64(wire.slice());
    } else {
      wire.skip();
    }
  }
  wire.leave(outer);
  return value;
}

function readList(wire: WireReader, texts: Interner, isMap: boolean, depth: number): AttributeValue {
  const outer = wire.enter();
  const list: AttributeValue[] = [];
  const map: Attributes = {};
  while (wire.next()) {
    if (wire.field !== 1) wire.skip();
    else if (isMap) readProtoAttribute(wire, map, texts, undefined, depth + 1);
    else list.push(readValue(wire, texts, depth + 1));
  }
  wire.leave(outer);
  return isMap ? map : list;
}
