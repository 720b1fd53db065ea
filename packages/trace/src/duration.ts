/** Nanoseconds in words, in the unit that fits: `850 ns`, `420 µs`, `15.53 ms`, `44.00 s`. */
export function inUnits(ns: number): string {
  const size = Math.abs(ns);
  if (size < 1000) return `${Math.round(ns)} ns`;
  // From here on what would be rounded up to a thousand of one unit is told as one of the next.
  if (size < 999_500) return `${Math.round(ns / 1e3)} µs`;
  if (size < 999_995_000) return `${(ns / 1e6).toFixed(2)} ms`;
  return `${(ns / 1e9).toFixed(2)} s`;
}
