import { ExitCode, LabError } from "@envoy-mesh-lab/trace";

/**
 * The most that a load may be. The lab's load looks at a mesh on one machine; it is no tool to break one, so there is
 * no flag to lift these.
 */
export const limits = {
  /** Calls per second: about what one Node process can send on time. */
  rate: 2_000,
  /** Calls in one run. */
  calls: 100_000,
  /** How long calls are due, in milliseconds. */
  durationMs: 10 * 60_000,
  /** Calls under way at a time. */
  inFlight: 1_000,
  /** How long a run goes on after the last call was due, in milliseconds. */
  drainMs: 60_000,
  /** How long it goes on after Ctrl-C, in milliseconds. */
  graceMs: 2_000,
} as const;

/** The most that may be said of one call, and how many are made one after the other. */
export const callBounds = {
  /** Calls per second, of a load. */
  rate: limits.rate,
  /** Calls one after the other. */
  number: 10_000,
  /** Messages of a stream. */
  messages: 10_000,
  /** How long a service works, in milliseconds. */
  workMs: 60_000,
  /** Deadline of a call, in milliseconds. */
  timeoutMs: 3_600_000,
} as const;

/** Streams that the mesh's proxies allow on one connection (`max_concurrent_streams` in envoy/). */
export const streamsPerConnection = 100;

/** How many calls, and how fast. */
export interface LoadSize {
  /** Calls per second. */
  readonly rate: number;
  readonly count: number;
}

/**
 * The size of a load: `number` calls, or what is due in `durationMs`.
 *
 * @throws {LabError} (exit code `usage`) when that is more than `limits` allow, or not one call.
 */
export function sizeOf(rate: number, length: { number?: number; durationMs?: number }): LoadSize {
  const { number, durationMs = 0 } = length;
  const count = number ?? Math.round((rate * durationMs) / 1000);
  const seconds = count / rate;
  if (count < 1) {
    throw tooMuch(
      `in ${durationMs / 1000} s at ${rate}/s not one call is due`,
      "give more --duration or --rate",
    );
  }
  if (count > limits.calls) {
    throw tooMuch(
      `${count} calls are more than the ${limits.calls} that one run may make`,
      "give less --rate, --duration or -n",
    );
  }
  if (seconds * 1000 > limits.durationMs) {
    throw tooMuch(
      `${count} calls at ${rate}/s take ${Math.ceil(seconds)} s, more than the ${limits.durationMs / 1000} s that a run may last`,
      "give fewer calls, or more --rate",
    );
  }
  return { rate, count };
}

function tooMuch(message: string, hint: string): LabError {
  return new LabError(message, { exitCode: ExitCode.usage, hint });
}

/**
 * Makes sure that a URL is of this machine.
 *
 * @throws {LabError} (exit code `usage`) for any other host: load goes to loopback only.
 */
export function assertLoopback(url: string): void {
  const { hostname } = new URL(url);
  const isLoopback =
    hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
  if (!isLoopback) {
    throw new LabError(`${url} is not on this machine, and load goes to loopback only`, {
      exitCode: ExitCode.usage,
      hint: "name an address of 127.0.0.0/8, [::1] or localhost; for other machines there are tools made for load, such as wrk2, ghz or k6",
    });
  }
}
