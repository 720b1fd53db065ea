import { createHistogram } from "node:perf_hooks";

/** The figures of a distribution of times, in milliseconds. */
export interface Distribution {
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

const nsPerMs = 1e6;

/**
 * Collects times in an HDR histogram (Node's own, which is HdrHistogram_c): memory does not grow with the number of
 * calls, and every percentile is right to three significant figures.
 */
export class TimeHistogram {
  readonly #histogram = createHistogram({ figures: 3 });

  /** Adds a time in milliseconds. The histogram holds whole nanoseconds from 1 on, so 0 counts as 1 ns. */
  record(ms: number): void {
    this.#histogram.record(Math.max(1, Math.round(ms * nsPerMs)));
  }

  /** The time that a share of the recorded ones does not exceed, in milliseconds; `percent` from 0 to 100. */
  percentile(percent: number): number {
    return this.#histogram.percentile(percent) / nsPerMs;
  }

  /** Undefined when nothing was recorded. */
  summary(): Distribution | undefined {
    const { count, mean, min, max } = this.#histogram;
    return count === 0
      ? undefined
      : {
          count,
          mean: mean / nsPerMs,
          min: min / nsPerMs,
          p50: this.percentile(50),
          p90: this.percentile(90),
          p99: this.percentile(99),
          p999: this.percentile(99.9),
          max: max / nsPerMs,
        };
  }
}
