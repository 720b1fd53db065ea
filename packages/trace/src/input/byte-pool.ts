import { latin1, utf8, viewOf } from "./bytes.ts";
import type { JsonBytes } from "./json-bytes.ts";

/** How many texts are remembered, more than the distinct names of a mesh; and how many bytes of them. */
const limit = 50_000;
const byteLimit = 1 << 24;

/**
 * Keeps one value for each text, found by the text's bytes: names and values are few, and spans are many. What is known is
 * neither decoded nor made again.
 */
export class BytePool<T> {
  readonly #make: (text: string) => T;
  /** The place of a value and 1 more, where its hash points or the next free place behind; 0 is free. */
  #slots = new Int32Array(1024);
  #hashes = new Int32Array(512);
  /** Where each text begins among the bytes; the next one's beginning is its end. */
  #starts = new Int32Array(513);
  #bytes = new Uint8Array(16_384);
  #view = viewOf(this.#bytes);
  #made: T[] = [];

  /** @param make makes the value for a text that is not known. */
  constructor(make: (text: string) => T) {
    this.#make = make;
  }

  /** The value for the UTF-8 that stands there; of the last string when it is not said. */
  get(json: JsonBytes, from = json.from, to = json.to): T {
    const hash = hashOf(json, from, to);
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const place = (this.#slots[slot] as number) - 1;
      if (place < 0) return this.#add(json.bytes, from, to, hash);
      if (this.#hashes[place] === hash && this.#isAt(place, json, from, to)) return this.#made[place] as T;
    }
  }

  #isAt(place: number, { bytes, view }: JsonBytes, from: number, to: number): boolean {
    const start = this.#starts[place] as number;
    if ((this.#starts[place + 1] as number) - start !== to - from) return false;
    let i = from;
    let at = start;
    for (; i + 4 <= to; i += 4, at += 4) {
      if (this.#view.getInt32(at) !== view.getInt32(i)) return false;
    }
    for (; i < to; i++, at++) {
      if (this.#bytes[at] !== bytes[i]) return false;
    }
    return true;
  }

  #add(bytes: Uint8Array, from: number, to: number, hash: number): T {
    const text = isAscii(bytes, from, to) ? latin1(bytes, from, to) : utf8(bytes, from, to);
    const value = this.#make(text);
    if (to - from > byteLimit) return value;
    const known = this.#made.length;
    if (known >= limit || (this.#starts[known] as number) + to - from > byteLimit) {
      this.#slots.fill(0);
      this.#made = [];
    }
    const place = this.#made.length;
    if (place + 1 >= this.#hashes.length) this.#grow();
    const start = this.#starts[place] as number;
    const end = start + to - from;
    if (end > this.#bytes.length) {
      const more = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
      more.set(this.#bytes);
      this.#bytes = more;
      this.#view = viewOf(more);
    }
    this.#bytes.set(bytes.subarray(from, to), start);
    this.#starts[place + 1] = end;
    this.#hashes[place] = hash;
    this.#made.push(value);
    this.#point(place);
    return value;
  }

  #point(place: number): void {
    const mask = this.#slots.length - 1;
    let slot = (this.#hashes[place] as number) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = place + 1;
  }

  #grow(): void {
    const length = 2 * this.#hashes.length;
    const hashes = new Int32Array(length);
    hashes.set(this.#hashes);
    const starts = new Int32Array(length + 1);
    starts.set(this.#starts);
    this.#hashes = hashes;
    this.#starts = starts;
    this.#slots = new Int32Array(2 * length);
    for (let place = 0; place < this.#made.length; place++) this.#point(place);
  }
}

/** What tells most texts apart: FNV-1a (draft-eastlake-fnv), of four bytes at a time. */
function hashOf({ bytes, view }: JsonBytes, from: number, to: number): number {
  let hash = 0x811c9dc5 | 0;
  let i = from;
  for (; i + 4 <= to; i += 4) hash = Math.imul(hash ^ view.getInt32(i), 0x01000193);
  for (; i < to; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  // The lowest bits are those that are looked at, and a product's know nothing of the higher ones.
  return hash ^ (hash >>> 15);
}

function isAscii(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if ((bytes[i] as number) > 0x7f) return false;
  return true;
}
