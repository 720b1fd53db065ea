import type { Span } from "./model.ts";

const grains = [1_000_000n, 1_000n];

/**
 * The step in which a span's clock counts, as its start shows it: 1 ms, 1 µs or 1 ns, in ns. Clocks round down, so that the
 * times of a span may be up to one step earlier than what happened. OpenTelemetry JS reads the start in whole
 * milliseconds and adds a precise duration, so that its end is early by as much as its start.
 */
export function clockGrain({ startNs }: Span): bigint {
  return grains.find((it) => startNs % it === 0n) ?? 1n;
}
