// What time it is in the kitchen.

/**
 * The time, in milliseconds since 1970.
 *
 * It is the host's, which NTP keeps right, and it may jump when it is set. That does no harm to durations: OpenTelemetry's SDK asks for the
 * time once for each span, when it begins, and takes how long it lasts from a clock that never jumps.
 */
export function now(): number {
  return Date.now();
}
