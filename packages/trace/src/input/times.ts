/** Nanoseconds since the epoch, from what stands in a field for nanoseconds; 0n when nothing does. */
export interface ReadTime {
  ns: bigint;
  odd?: "time-unit" | "inexact-time";
}

// 2005 to 2100 in microseconds, milliseconds and seconds. As nanoseconds these would be in the first weeks of 1970.
const micros = { from: 1_100_000_000_000_000n, to: 4_100_000_000_000_000n };
const millis = { from: 1_100_000_000_000n, to: 4_100_000_000_000n };
const seconds = { from: 1_100_000_000n, to: 4_100_000_000n };

/**
 * Reads a time in nanoseconds of 2001 to 2286 as text: the way for the many, without an object for each.
 *
 * @returns undefined when it is anything else, which readNanos then looks at.
 */
export function readUsualNanos(raw: unknown): bigint | undefined {
  if (typeof raw !== "string" || raw.length !== 19) {
    return undefined;
  }
  const [first, second] = [raw.charCodeAt(0), raw.charCodeAt(1)];
  if (first < 0x31 || first > 0x39 || second < 0x30 || second > 0x39) {
    return undefined;
  }
  try {
    return BigInt(raw);
  } catch {
    // No digits only; readNanos says what is to become of it.
    return undefined;
  }
}

/**
 * Reads a time in nanoseconds, as text (OTLP's JSON) or as a number. A value that makes sense only as microseconds,
 * milliseconds or seconds of this century is taken as that.
 *
 * @returns undefined when it is no time at all.
 */
export function readNanos(raw: unknown): ReadTime | undefined {
  const fraction = fractionOf(raw);
  if (fraction !== undefined) {
    return fraction;
  }
  const ns = toBigInt(raw);
  if (ns === undefined) {
    return undefined;
  }
  const converted = inNanos(ns);
  if (converted !== ns) {
    return { ns: converted, odd: "time-unit" };
  }
  return typeof raw === "number" && raw > Number.MAX_SAFE_INTEGER ? { ns, odd: "inexact-time" } : { ns };
}

/** A time in nanoseconds, from one that makes sense only as microseconds, milliseconds or seconds; else as it is. */
export function inNanos(ns: bigint): bigint {
  if (ns > micros.to || ns < seconds.from) return ns;
  if (ns >= micros.from) return ns * 1000n;
  if (ns >= millis.from && ns <= millis.to) return ns * 1_000_000n;
  return ns <= seconds.to ? ns * 1_000_000_000n : ns;
}

/** Seconds or milliseconds of this century with a fraction, as a number or as text: 1700000000.123. */
function fractionOf(raw: unknown): ReadTime | undefined {
  const isFraction =
    typeof raw === "number" ? !Number.isInteger(raw) : typeof raw === "string" && raw.includes(".");
  const value = isFraction ? Number(raw) : Number.NaN;
  for (const [{ from, to }, factor] of [
    [seconds, 1e9],
    [millis, 1e6],
  ] as const) {
    if (value >= Number(from) && value <= Number(to)) {
      return { ns: BigInt(Math.round(value * 1e6)) * BigInt(factor / 1e6), odd: "time-unit" };
    }
  }
  return undefined;
}

/**
 * Reads a time or duration in microseconds (Jaeger, Zipkin) as nanoseconds. Fractions of a microsecond are kept.
 *
 * @returns undefined when it is no number, or more than 64 bits hold.
 */
export function readMicros(raw: unknown): bigint | undefined {
  if (typeof raw === "number") {
    // More is no time of anything, and would not stay finite as a number of nanoseconds.
    if (!(Math.abs(raw) < 2 ** 63)) return undefined;
    const whole = Math.floor(raw);
    return BigInt(whole) * 1000n + (whole === raw ? 0n : BigInt(Math.round((raw - whole) * 1000)));
  }
  const value = toBigInt(raw);
  return value === undefined ? undefined : value * 1000n;
}

/** Microseconds as nanoseconds, like readMicros; a time that makes sense only in ns, ms or s is taken as that. */
export function readMicrosTime(raw: unknown): ReadTime | undefined {
  const ns = readMicros(raw);
  if (ns === undefined) {
    return undefined;
  }
  const value = ns / 1000n;
  if (value >= millis.from && value <= millis.to) {
    return { ns: ns * 1000n, odd: "time-unit" };
  }
  if (value >= seconds.from && value <= seconds.to) {
    return { ns: ns * 1_000_000n, odd: "time-unit" };
  }
  return value >= micros.from * 1000n && value <= micros.to * 1000n
    ? { ns: ns / 1000n, odd: "time-unit" }
    : { ns };
}

function toBigInt(raw: unknown): bigint | undefined {
  if (raw === undefined || raw === null || raw === "") {
    return 0n;
  }
  if (typeof raw === "number") {
    return Number.isFinite(raw) && raw >= 0 && raw < 2 ** 64 ? BigInt(Math.round(raw)) : undefined;
  }
  if (typeof raw === "string" && /^\d{1,20}$/.test(raw)) {
    return BigInt(raw);
  }
  // Long as protobuf.js writes it.
  if (typeof raw === "object" && "low" in raw && "high" in raw) {
    const { low, high } = raw as { low: unknown; high: unknown };
    return Number.isInteger(low) && Number.isInteger(high)
      ? BigInt.asUintN(32, BigInt(low as number)) + (BigInt.asUintN(32, BigInt(high as number)) << 32n)
      : undefined;
  }
  return undefined;
}

const parts = new Uint32Array(2);
const whole = new BigUint64Array(parts.buffer);
const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** seconds · 10⁹ + nanos, below 2⁶⁴; without a number of any length for each step, which costs more than all else here. */
export function nanosOf(seconds: number, nanos: number): bigint {
  const { high, low } = halvesOf(seconds, nanos);
  parts[isLittleEndian ? 0 : 1] = low;
  parts[isLittleEndian ? 1 : 0] = high;
  return whole[0] as bigint;
}

/** The same in two halves of 32 bits. */
export function halvesOf(seconds: number, nanos: number): { high: number; low: number } {
  const rest = (seconds % 0x10000) * 1e9 + nanos;
  const upper = Math.floor(seconds / 0x10000) * 1e9;
  const low = (upper % 0x10000) * 0x10000 + rest;
  return { high: Math.floor(upper / 0x10000) + Math.floor(low / 0x100000000), low: low % 0x100000000 };
}
