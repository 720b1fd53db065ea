import { viewOf } from "./bytes.ts";

/** Thrown where bytes are not what the quick way takes; whoever reads them then goes the thorough way, from the start. */
export const unusual = new Error("not the usual form");

/** Deeper ones are left to the thorough way. */
const maxDepth = 60;

/** In the text of a string: ends it, or is not for the quick way (1: the quote, 2: a backslash, 3: a control character). */
const special = new Uint8Array(256);
special.fill(3, 0, 0x20);
special[0x22] = 1;
special[0x5c] = 2;

/** What may follow a backslash, but for `u` (RFC 8259, section 7). */
const escapes = new Set([...'"\\/bfnrt'].map((it) => it.charCodeAt(0)));

/** Bytes to look for, and the same four at a time as far as they go. */
export interface Literal {
  bytes: Uint8Array;
  words: Int32Array;
}

/** Bytes for `JsonBytes.literal`; ASCII. */
export function literal(text: string): Literal {
  const bytes = new TextEncoder().encode(text);
  const view = viewOf(bytes);
  return { bytes, words: Int32Array.from({ length: bytes.length >> 2 }, (_, i) => view.getInt32(4 * i)) };
}

/**
 * Whether a quote, a backslash or a control character is among the four bytes of a word: each is 0, or less than 0x20, after
 * it was taken away, and borrows the highest bit of its byte.
 */
function hasSpecial(word: number): boolean {
  const quotes = word ^ 0x22222222;
  const backslashes = word ^ 0x5c5c5c5c;
  return (
    ((((quotes - 0x01010101) & ~quotes) |
      ((backslashes - 0x01010101) & ~backslashes) |
      ((word - 0x20202020) & ~word)) &
      0x80808080) !==
    0
  );
}

/**
 * Goes through the UTF-8 of one JSON text (RFC 8259) value by value, without making anything of what it passes. What it
 * has passed is JSON as `JSON.parse` takes it; else it throws `unusual`.
 */
export class JsonBytes {
  bytes: Uint8Array = new Uint8Array(0);
  view = viewOf(this.bytes);
  /** The next byte. */
  at = 0;
  /** Where the last string's text begins and ends, within its quotes. */
  from = 0;
  to = 0;
  /** Whether that text has escapes. */
  hasEscapes = false;

  /** Begins with other bytes. */
  open(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.view = viewOf(bytes);
    this.at = 0;
  }

  /** The next byte that is no white space; not taken. */
  peek(): number {
    const { bytes } = this;
    for (;;) {
      if (this.at >= bytes.length) throw unusual;
      const byte = bytes[this.at] as number;
      if (byte > 0x20) return byte;
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) throw unusual;
      this.at++;
    }
  }

  /** Takes one byte, which has to be this. */
  take(byte: number): void {
    if (this.peek() !== byte) throw unusual;
    this.at++;
  }

  /** Takes this byte if it is the next. */
  takes(byte: number): boolean {
    if (this.peek() !== byte) return false;
    this.at++;
    return true;
  }

  /** Whether a list or an object that ends with this byte goes on behind a value; takes the comma or the end. */
  goesOn(close: number): boolean {
    const byte = this.peek();
    if (byte !== comma && byte !== close) throw unusual;
    this.at++;
    return byte === comma;
  }

  /** Takes these bytes if they are the next, without white space. */
  literal(wanted: Literal): boolean {
    const { bytes, view, at } = this;
    const { words } = wanted;
    const { length } = wanted.bytes;
    if (at + length > bytes.length) return false;
    for (let i = 0; i < words.length; i++) {
      if (view.getInt32(at + 4 * i) !== words[i]) return false;
    }
    for (let i = 4 * words.length; i < length; i++) {
      if (bytes[at + i] !== wanted.bytes[i]) return false;
    }
    this.at = at + length;
    return true;
  }

  /** Takes a string: its text is between `from` and `to`. */
  string(): void {
    this.take(quote);
    this.text();
  }

  /** Takes a string whose first quote is taken. */
  text(): void {
    const { bytes, view } = this;
    const { length } = bytes;
    let at = this.at;
    this.from = at;
    this.hasEscapes = false;
    for (; at < length; at++) {
      while (at + 4 <= length && !hasSpecial(view.getInt32(at))) at += 4;
      if (at >= length) break;
      const is = special[bytes[at] as number] as number;
      if (is === 0) continue;
      if (is === 1) {
        this.to = at;
        this.at = at + 1;
        return;
      }
      if (is === 3) throw unusual;
      this.hasEscapes = true;
      at = this.#escape(at + 1);
    }
    throw unusual;
  }

  /** Takes the name of a member and its colon: the name is between `from` and `to`. */
  name(): void {
    this.string();
    if (this.hasEscapes) throw unusual;
    this.take(colon);
  }

  /** Passes a value of any kind. */
  skip(depth = 0): void {
    const byte = this.peek();
    if (byte === quote) {
      this.string();
    } else if (byte === openObject || byte === openList) {
      if (depth > maxDepth) throw unusual;
      this.at++;
      const close = byte + 2;
      if (this.takes(close)) return;
      do {
        if (byte === openObject) {
          this.string();
          this.take(colon);
        }
        this.skip(depth + 1);
      } while (this.goesOn(close));
    } else if (byte === 0x2d || isDigit(byte)) {
      this.#number();
    } else {
      this.#word(byte === 0x74 ? "true" : byte === 0x66 ? "false" : "null");
    }
  }

  /** Passes white space, and whether nothing else is left. */
  isEnd(): boolean {
    for (; this.at < this.bytes.length; this.at++) {
      const byte = this.bytes[this.at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return false;
    }
    return true;
  }

  #escape(at: number): number {
    const byte = this.bytes[at] as number;
    if (byte !== 0x75) {
      if (!escapes.has(byte)) throw unusual;
      return at;
    }
    for (let i = at + 1; i <= at + 4; i++) {
      const digit = (this.bytes[i] as number) | 0x20;
      if (!isDigit(this.bytes[i] as number) && !(digit >= 0x61 && digit <= 0x66)) throw unusual;
    }
    return at + 4;
  }

  #number(): void {
    const { bytes } = this;
    if (bytes[this.at] === 0x2d) this.at++;
    if (bytes[this.at] === 0x30) this.at++;
    else this.#digits();
    if (bytes[this.at] === 0x2e) {
      this.at++;
      this.#digits();
    }
    if (((bytes[this.at] as number) | 0x20) === 0x65) {
      this.at++;
      if (bytes[this.at] === 0x2b || bytes[this.at] === 0x2d) this.at++;
      this.#digits();
    }
  }

  #digits(): void {
    if (!isDigit(this.bytes[this.at] as number)) throw unusual;
    while (isDigit(this.bytes[this.at] as number)) this.at++;
  }

  #word(word: string): void {
    for (let i = 0; i < word.length; i++) {
      if (this.bytes[this.at++] !== word.charCodeAt(i)) throw unusual;
    }
  }
}

export const quote = 0x22;
const comma = 0x2c;
export const colon = 0x3a;
export const openList = 0x5b;
export const closeList = 0x5d;
export const openObject = 0x7b;
export const closeObject = 0x7d;

export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
