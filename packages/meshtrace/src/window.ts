import { parseDuration } from "@envoy-mesh-lab/trace";
import { InvalidArgumentError } from "commander";

/** Reads a duration such as 90s, 15m, 2h or 1h30m. @returns milliseconds. */
export function parseSpan(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms === 0) {
    throw new InvalidArgumentError("It is a duration, such as 90s, 15m, 2h or 1d.");
  }
  return ms;
}

/** Reads a point in time: ISO 8601 (2026-11-24T12:00:00Z), or seconds since 1970. @returns milliseconds since 1970. */
export function parseTime(text: string): number {
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  if (!Number.isFinite(ms)) {
    throw new InvalidArgumentError("It is a time such as 2026-11-24T12:00:00Z, or seconds since 1970.");
  }
  return ms;
}
