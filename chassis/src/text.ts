/** Longest part of an input that a message quotes, in characters: enough to know it again. */
const longestQuote = 40;

/**
 * Quotes an input in a message for a person: in quotation marks, control characters escaped, and no more of it than its
 * beginning. Answers and logs are not to grow with what a caller sends.
 *
 * @param longest Most characters of it. Default: 40.
 */
export function quote(text: string, longest = longestQuote): string {
  return text.length <= longest
    ? JSON.stringify(text)
    : `${JSON.stringify(`${withoutHalf(text.slice(0, longest))}…`)} (${text.length} characters)`;
}

/** Shortens a message for a person to a number of characters, and says how long it was. */
export function shortened(text: string, longest: number): string {
  return text.length <= longest
    ? text
    : `${withoutHalf(text.slice(0, longest))}… (${text.length} characters)`;
}

/** Takes away the first half of a character whose second half was cut off. */
function withoutHalf(text: string): string {
  return text.replace(/[\ud800-\udbff]$/, "");
}

const ellipsis = "…";
const ellipsisBytes = Buffer.byteLength(ellipsis);

/**
 * Cuts a text to a number of bytes of UTF-8, between characters; what was cut ends with "…".
 *
 * The result is a new string: a slice would keep all of the long one in memory.
 */
export function cutToBytes(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) {
    return text;
  }
  const bytes = new Uint8Array(Math.max(0, maxBytes - ellipsisBytes));
  const { written } = new TextEncoder().encodeInto(text, bytes);
  return Buffer.from(bytes.buffer, 0, written).toString() + ellipsis;
}
