import type { CallKind, LoadCall } from "./caller.ts";
import { createCaller } from "./caller.ts";
import { monotonicClock } from "./clock.ts";
import type { LoadSize } from "./limits.ts";
import { limits, streamsPerConnection } from "./limits.ts";
import { runOpenLoop } from "./open-loop.ts";
import { assertReachable } from "./reach.ts";
import type { LoadReport } from "./report.ts";
import { LoadRecorder } from "./report.ts";

/** A load to make. */
export interface LoadPlan {
  readonly url: string;
  readonly call: CallKind;
  /** See `CallerOptions.beginsTrace`. */
  readonly beginsTrace: boolean;
  readonly size: LoadSize;
  readonly maxInFlight: number;
  /** Calls to make before, one after the other, which no figure knows of: they open connections and warm code up. */
  readonly warmUp: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: LoadProgress) => void;
}

/** How far a load is. */
export interface LoadProgress {
  readonly ended: number;
  readonly failed: number;
  readonly planned: number;
  readonly elapsedMs: number;
}

/** How often progress is reported, in milliseconds. */
const progressInterval = 250;

/**
 * Makes a load and says what came of it. It ends by itself at the latest `limits.drainMs` after its last call was due,
 * and `limits.graceMs` after `signal` was aborted.
 *
 * @throws {LabError} (exit code `notRunning`) when nothing listens at the URL.
 */
export async function runLoad(plan: LoadPlan): Promise<LoadReport> {
  const { size, maxInFlight, signal } = plan;
  await assertReachable(plan.url);
  const connections = Math.ceil(maxInFlight / streamsPerConnection);
  const caller = createCaller({
    url: plan.url,
    mix: [plan.call],
    connections,
    beginsTrace: plan.beginsTrace,
  });
  const recorder = new LoadRecorder(size);
  const startedAt = performance.now();
  const tell = () =>
    plan.onProgress({
      ended: recorder.ended,
      failed: recorder.failed,
      planned: size.count,
      elapsedMs: performance.now() - startedAt,
    });
  const timer = setInterval(tell, progressInterval);
  try {
    for (let i = 0; i < plan.warmUp && !signal.aborted; i++) {
      await caller.send(i);
    }
    const before = performance.eventLoopUtilization();
    const end = await runOpenLoop<LoadCall>({
      ...size,
      maxInFlight,
      drainMs: limits.drainMs,
      graceMs: limits.graceMs,
      signal,
      clock: monotonicClock,
      send: caller.send,
      onEnd: (arrival) => recorder.record(arrival),
    });
    const { utilization } = performance.eventLoopUtilization(before);
    return recorder.report(end, { interrupted: signal.aborted, utilization });
  } finally {
    clearInterval(timer);
    caller.close();
  }
}
