/** Nanoseconds in the unit that fits, with three significant digits: `850 ns`, `12.3 µs`, `4.56 ms`, `1.23 s`. */
export function duration(ns: number): string {
  const size = Math.abs(ns);
  if (size < 1000) return `${Math.round(ns)} ns`;
  // From here on what would be rounded up to a thousand of one unit is reported as one of the next.
  if (size < 999_500) return `${digits(ns / 1e3)} µs`;
  if (size < 999_500_000) return `${digits(ns / 1e6)} ms`;
  return `${digits(ns / 1e9)} s`;
}

/** Three significant digits, never in exponents. */
function digits(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
}
