/**
 * Returns a whole number that is written in decimal digits, with nothing around them but a minus sign where `min` is below 0.
 * Undefined when the text is none, or the number is not from `min` to `max`.
 */
export function parseWhole(text: string, min = 0, max = Number.MAX_SAFE_INTEGER): number | undefined {
  const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  // -0 is written by nobody who means it, and is no other number than 0.
  return value >= min && value <= max ? value + 0 : undefined;
}
