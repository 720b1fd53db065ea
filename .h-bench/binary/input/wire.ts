import { BinaryReader } from "@bufbuild/protobuf/wire";
import { hex, utf8 } from "./bytes.ts";
export const WireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;
export class WireError extends Error {}
export class WireReader {
  readonly bytes: Uint8Array;
  readonly #r: BinaryReader;
  end: number;
  cut = false;
  field = 0;
  wireType = 0;
  constructor(bytes: Uint8Array) { this.bytes = bytes; this.#r = new BinaryReader(bytes); this.end = bytes.length; }
  get position(): number { return this.#r.pos; }
  set position(p: number) { this.#r.pos = p; }
  next(): boolean {
    if (this.#r.pos >= this.end) return false;
    const tag = this.#r.uint32();
    this.field = tag >>> 3;
    this.wireType = tag & 7;
    if (this.field === 0) throw new WireError("no field 0");
    return true;
  }
  varint(): number { return this.#r.uint32(); }
  int64(): bigint { return this.#r.int64() as bigint; }
  fixed64(): bigint { return this.#r.fixed64() as bigint; }
  double(): number { return this.#r.double(); }
  text(): string { const n = this.#length(); const p = this.#r.pos; this.#r.pos = p + n; return utf8(this.bytes, p, p + n); }
  hex(): string { const n = this.#length(); const p = this.#r.pos; this.#r.pos = p + n; return hex(this.bytes, p, p + n); }
  slice(): Uint8Array { const n = this.#length(); const p = this.#r.pos; this.#r.pos = p + n; return this.bytes.subarray(p, p + n); }
  enter(): number { const n = this.#length(); const outer = this.end; this.end = this.#r.pos + n; return outer; }
  leave(outer: number): void { this.#r.pos = this.end; this.end = outer; }
  skip(): void {
    if (this.wireType === 2) { const n = this.#length(); this.#r.pos += n; return; }
    this.#r.skip(this.wireType as 0);
  }
  #length(): number {
    if (this.wireType !== 2) throw new WireError("wire type");
    const n = this.#r.uint32();
    if (this.#r.pos + n > this.end) { this.cut = true; return this.end - this.#r.pos; }
    return n;
  }
}
