import { BytePool } from "./byte-pool.ts";
import { latin1, utf8 } from "./bytes.ts";
import type { Literal } from "./json-bytes.ts";
import { JsonBytes, literal, quote, unusual } from "./json-bytes.ts";
import type { Keep, Reading } from "./reading.ts";
import { TextPool } from "./text-pool.ts";

const emptyText = literal('""');

/** The value of each lower-case hexadecimal digit; of other bytes -1. */
const hexValues = new Int8Array(256).fill(-1);
for (const [value, it] of literal("0123456789abcdef").bytes.entries()) hexValues[it] = value;

/** What spans are made of, taken from the bytes of a document; what comes again and again is made once. */
export class JsonFields {
  readonly json = new JsonBytes();
  /** The two halves of the span's id that was taken last. */
  idHigh = 0;
  idLow = 0;
  readonly #texts = new TextPool();
  readonly #traceIds: BytePool<string>;

  constructor(reading: Reading) {
    this.#traceIds = new BytePool((text) => reading.groups.known(text) ?? text);
  }

  /** Takes a trace's id of 32 digits. */
  traceId(): string {
    this.hex(32);
    return this.#traceIds.get(this.json);
  }

  /** Takes a span's id of 16 digits; undefined when the text is empty. */
  spanId(): string | undefined {
    const { json } = this;
    json.peek();
    if (json.literal(emptyText)) return undefined;
    this.hex(16);
    return latin1(json.bytes, json.from, json.to);
  }

  /** Takes a span's id of 16 digits into `idHigh` and `idLow`; both are 0 when the text is empty. */
  spanIdBits(): void {
    const { json } = this;
    json.peek();
    if (json.literal(emptyText)) {
      this.idHigh = 0;
      this.idLow = 0;
      return;
    }
    this.hex(16);
    this.idHigh = bitsAt(json.bytes, json.from);
    this.idLow = bitsAt(json.bytes, json.from + 8);
  }

  /** Takes a string of so many lower-case hexadecimal digits, not all zero. */
  hex(digits: number): void {
    const { json } = this;
    json.take(quote);
    const { bytes } = json;
    const from = json.at;
    const to = from + digits;
    let all = 0;
    for (let i = from; i < to; i++) all |= hexValues[bytes[i] as number] as number;
    if (all <= 0 || bytes[to] !== quote) throw unusual;
    json.from = from;
    json.to = to;
    json.at = to + 1;
  }

  /** Takes the rest of a string that may come again. */
  text(): string {
    const { json } = this;
    json.text();
    return this.#texts.get(json);
  }

  /** Takes a value that comes again and again, and is made something of once. */
  pooled<T>(pool: BytePool<T>): T {
    const { json } = this;
    json.peek();
    const start = json.at;
    json.skip();
    return pool.get(json, start, json.at);
  }

  /** Takes a value as `JSON.parse` makes it. */
  parsed(): unknown {
    const { json } = this;
    const start = json.at;
    json.skip();
    return JSON.parse(utf8(json.bytes, start, json.at));
  }
}

/** The 32 bits that eight hexadecimal digits are. */
function bitsAt(bytes: Uint8Array, from: number): number {
  let bits = 0;
  for (let i = from; i < from + 8; i++) bits = (bits << 4) | (hexValues[bytes[i] as number] as number);
  return bits;
}

/** The names of the members that a reader looks at, each by its place among them. */
export class JsonNames {
  readonly #json: JsonBytes;
  readonly #members: readonly Literal[];
  readonly #pool: BytePool<number>;
  /** By the place of a member: that of the one that came behind it last. */
  readonly #behind: Uint8Array;

  constructor(json: JsonBytes, names: readonly string[]) {
    this.#json = json;
    this.#members = names.map((it) => literal(`"${it}":`));
    const places = new Map(names.map((it, i) => [it, i]));
    this.#pool = new BytePool((text) => places.get(text) ?? names.length);
    this.#behind = new Uint8Array(names.length + 1).fill(names.length);
  }

  /**
   * Takes a member's name and colon: its place among the names, or their number for any other.
   *
   * @param before the place of the member before it: what came behind that one last, most often does again.
   */
  take(before: number = this.#members.length): number {
    const guess = this.#behind[before] as number;
    if (guess < this.#members.length && this.#json.literal(this.#members[guess] as Literal)) return guess;
    this.#json.name();
    const is = this.#pool.get(this.#json);
    this.#behind[before] = is;
    return is;
  }
}

const sketches = 4096;

/** A number that most texts that differ differ in: at no cost it says what is none of a few. */
function sketch(bytes: Uint8Array, from: number, to: number): number {
  if (from === to) return 0;
  return ((to - from) * 73 + (bytes[from] as number) * 17 + (bytes[to - 1] as number) * 257) & (sketches - 1);
}

/** Tells the keys that are kept from those that are not, and makes something of each once. */
export class KeptKeys<T> {
  /** By its sketch: 1 when a key may be one that is kept. */
  readonly #mayKeep = new Uint8Array(sketches);
  readonly #pool: BytePool<T | undefined>;

  /** @param keep the keys; all when undefined. */
  constructor(keep: Keep, make: (key: string) => T) {
    this.#pool = new BytePool((text) => (keep === undefined || keep.has(text) ? make(text) : undefined));
    if (keep === undefined) this.#mayKeep.fill(1);
    for (const it of keep ?? []) {
      const { bytes } = literal(it);
      this.#mayKeep[sketch(bytes, 0, bytes.length)] = 1;
    }
  }

  /** What was made of the key that was taken last; undefined when it is not kept. */
  of(json: JsonBytes): T | undefined {
    const { bytes, from, to } = json;
    return this.#mayKeep[sketch(bytes, from, to)] === 1 ? this.#pool.get(json) : undefined;
  }
}
