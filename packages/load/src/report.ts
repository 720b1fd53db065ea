import type { LoadCall } from "./caller.ts";
import type { Distribution } from "./histogram.ts";
import { TimeHistogram } from "./histogram.ts";
import type { Arrival, OpenLoopEnd } from "./open-loop.ts";

/** One of the calls with the longest latency. */
export interface SlowCall {
  readonly traceId?: string;
  readonly code: string;
  readonly latencyMs: number;
  readonly serviceTimeMs: number;
}

/** What came of a load. All times are in milliseconds, on the load's own clock. */
export interface LoadReport {
  /** Calls that the schedule asked for. */
  readonly planned: number;
  /** Calls that were started, and of these those that ended well. */
  readonly sent: number;
  readonly ok: number;
  /** How many calls ended with which code, other than "ok". */
  readonly errors: Readonly<Record<string, number>>;
  /** Calls that were due and never started, as too many others were under way. No figure below knows of them. */
  readonly unsent: number;
  /** Calls that had not ended when the time was up. No figure below knows of them. */
  readonly unanswered: number;
  /** Calls that started late because too many others were under way. */
  readonly heldBack: number;
  /** Calls per second that were asked for, and that were started. */
  readonly askedRate: number;
  readonly achievedRate: number;
  /** From the time at which the first call was due to the end of the last. */
  readonly elapsedMs: number;
  /** From when a call was due to its end, of all calls that ended, well or not. */
  readonly latencyMs?: Distribution;
  /** From when a call started to its end. */
  readonly serviceTimeMs?: Distribution;
  /** From when a call was due to its start. */
  readonly lagMs?: Distribution;
  /** The part of the lag that is the load generator's own: from when a call could start to its start. */
  readonly generatorLagMs?: Distribution;
  /** The same for the first and the last quarter of the schedule, which shows whether it grows. */
  readonly generatorLagQuartersMs: readonly [number, number];
  /**
   * Share of the time, from 0 to 1, in which the generator's event loop was busy (Node's event loop utilization). It
   * counts the waiting for what is left of a millisecond as busy, so it means something only where calls are held back.
   */
  readonly generatorUtilization: number;
  /** The calls with the longest latency, the longest first. */
  readonly slowest: readonly SlowCall[];
  /** Whether the load was stopped before its end. */
  readonly interrupted: boolean;
}

/** Collects the calls of a load; what it keeps does not grow with their number. */
export class LoadRecorder {
  readonly #planned: number;
  readonly #rate: number;
  readonly #keepSlowest: number;
  readonly #latency = new TimeHistogram();
  readonly #serviceTime = new TimeHistogram();
  readonly #lag = new TimeHistogram();
  readonly #generatorLag = new TimeHistogram();
  readonly #quarters = [0, 1, 2, 3].map(() => new TimeHistogram());
  readonly #errors: Record<string, number> = {};
  #slowest: SlowCall[] = [];
  #ended = 0;
  #ok = 0;
  #heldBack = 0;
  #lastStart = Number.NEGATIVE_INFINITY;

  /** @param keepSlowest how many of the slowest calls to name. */
  constructor(size: { rate: number; count: number }, keepSlowest = 5) {
    this.#planned = size.count;
    this.#rate = size.rate;
    this.#keepSlowest = keepSlowest;
  }

  /** Calls that have ended, and of these those that ended with an error. */
  get ended(): number {
    return this.#ended;
  }
  get failed(): number {
    return this.#ended - this.#ok;
  }

  record(arrival: Arrival<LoadCall>): void {
    const { index, dueAt, freeAt, startedAt, endedAt, result } = arrival;
    const latencyMs = endedAt - dueAt;
    const serviceTimeMs = endedAt - startedAt;
    this.#latency.record(latencyMs);
    this.#serviceTime.record(serviceTimeMs);
    this.#lag.record(startedAt - dueAt);
    this.#generatorLag.record(startedAt - freeAt);
    this.#quarters[Math.min(3, Math.floor((index * 4) / this.#planned))]?.record(startedAt - freeAt);
    this.#heldBack += freeAt > dueAt ? 1 : 0;
    this.#lastStart = Math.max(this.#lastStart, startedAt);
    this.#ended++;
    if (result.code === "ok") {
      this.#ok++;
    } else {
      this.#errors[result.code] = (this.#errors[result.code] ?? 0) + 1;
    }
    const { traceId, code } = result;
    this.#keep({ ...(traceId ? { traceId } : {}), code, latencyMs, serviceTimeMs });
  }

  #keep(call: SlowCall): void {
    if (
      this.#slowest.length === this.#keepSlowest &&
      (this.#slowest.at(-1)?.latencyMs ?? 0) >= call.latencyMs
    ) {
      return;
    }
    const at = this.#slowest.findIndex((it) => it.latencyMs < call.latencyMs);
    this.#slowest = this.#slowest
      .toSpliced(at < 0 ? this.#slowest.length : at, 0, call)
      .slice(0, this.#keepSlowest);
  }

  report(end: OpenLoopEnd, run: { interrupted: boolean; utilization: number }): LoadReport {
    const latencyMs = this.#latency.summary();
    const serviceTimeMs = this.#serviceTime.summary();
    const lagMs = this.#lag.summary();
    const generatorLagMs = this.#generatorLag.summary();
    const [first, , , last] = this.#quarters.map((it) => it.summary()?.mean ?? 0);
    // n calls span n - 1 intervals; one more makes the first call's own interval part of the time.
    const sendingMs = this.#lastStart - end.begunAt + 1000 / this.#rate;
    return {
      planned: this.#planned,
      sent: end.started,
      ok: this.#ok,
      errors: { ...this.#errors },
      unsent: end.unsent,
      unanswered: end.unanswered,
      heldBack: this.#heldBack,
      askedRate: this.#rate,
      achievedRate: this.#ended === 0 ? 0 : (end.started * 1000) / sendingMs,
      elapsedMs: end.endedAt - end.begunAt,
      ...(latencyMs ? { latencyMs } : {}),
      ...(serviceTimeMs ? { serviceTimeMs } : {}),
      ...(lagMs ? { lagMs } : {}),
      ...(generatorLagMs ? { generatorLagMs } : {}),
      generatorLagQuartersMs: [first ?? 0, last ?? 0],
      generatorUtilization: run.utilization,
      slowest: this.#slowest,
      interrupted: run.interrupted,
    };
  }
}
