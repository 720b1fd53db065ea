/**
 * Work with bytes that Node and browsers both do. Node's Buffer does it several times as fast as what browsers have, as
 * texts of spans are short; so it is used where it is there, and the outcome is the same (bytes.test.ts).
 */
const nodeBuffer: typeof Buffer | undefined = globalThis.Buffer;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The bytes of several pieces in a piece of its own. */
export function concat(pieces: readonly Uint8Array[], length = lengthOf(pieces)): Uint8Array {
  if (nodeBuffer !== undefined) return nodeBuffer.concat(pieces, length);
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

function lengthOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, it) => sum + it.length, 0);
}

/** Bytes as UTF-8; what is none becomes U+FFFD. */
export function utf8(bytes: Uint8Array, start = 0, end = bytes.length): string {
  return nodeBuffer?.isBuffer(bytes)
    ? bytes.toString("utf8", start, end)
    : decoder.decode(bytes.subarray(start, end));
}

/** Each byte as the character of that code, so that no two lists of bytes give the same text. */
export function latin1(bytes: Uint8Array, start = 0, end = bytes.length): string {
  if (nodeBuffer?.isBuffer(bytes)) return bytes.toString("latin1", start, end);
  let text = "";
  for (const byte of bytes.subarray(start, end)) text += String.fromCharCode(byte);
  return text;
}

/** Bytes in lower-case hexadecimal digits. */
export function hex(bytes: Uint8Array, start = 0, end = bytes.length): string {
  if (nodeBuffer?.isBuffer(bytes)) return bytes.toString("hex", start, end);
  let text = "";
  for (const byte of bytes.subarray(start, end)) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** The bytes that a text in base64, also of the kind for URLs, stands for; in hexadecimal digits. */
export function base64ToHex(text: string): string {
  if (nodeBuffer !== undefined) return nodeBuffer.from(text, "base64").toString("hex");
  const plain = text.replaceAll("-", "+").replaceAll("_", "/");
  return hex(Uint8Array.from(atob(plain), (it) => it.charCodeAt(0)));
}

/** Bytes in base64. */
export function base64(bytes: Uint8Array): string {
  return nodeBuffer?.isBuffer(bytes) ? bytes.toString("base64") : btoa(latin1(bytes));
}

/** So many bytes, all zero. */
export function alloc(length: number): Uint8Array {
  return nodeBuffer?.alloc(length) ?? new Uint8Array(length);
}

/** The bytes as numbers of more than one byte. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Bytes, and the same as numbers of more than one byte. */
interface Viewed {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** Few bytes are copied quicker here than by what a call of `set` takes. */
const fewBytes = 64;

/** Copies bytes from one place to another. */
export function copyBytes(from: Viewed, start: number, to: Viewed, at: number, length: number): void {
  if (length > fewBytes) {
    to.bytes.set(from.bytes.subarray(start, start + length), at);
    return;
  }
  let i = 0;
  for (; i + 4 <= length; i += 4) to.view.setInt32(at + i, from.view.getInt32(start + i));
  for (; i < length; i++) to.bytes[at + i] = from.bytes[start + i] as number;
}

const digits = new TextEncoder().encode("0123456789abcdef");

/** 64 bits in lower-case hexadecimal digits, from their two halves of 32. */
export function hexOf(high: number, low: number): string {
  const at = (half: number, shift: number) => digits[(half >>> shift) & 15] as number;
  // biome-ignore format: sixteen digits
  return String.fromCharCode(
    at(high, 28), at(high, 24), at(high, 20), at(high, 16), at(high, 12), at(high, 8), at(high, 4), at(high, 0),
    at(low, 28), at(low, 24), at(low, 20), at(low, 16), at(low, 12), at(low, 8), at(low, 4), at(low, 0),
  );
}
