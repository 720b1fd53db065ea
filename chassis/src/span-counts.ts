/** What became of the spans of this process since it started. */
export interface SpanCounts {
  /** Sampled spans that were started. */
  readonly started: number;
  /** Sampled spans that ended. Always exported + failed + dropped + tooLarge + queued. */
  readonly ended: number;
  /** Spans that the Collector took. */
  readonly exported: number;
  /** Spans that were sent, even repeatedly, and that the Collector did not take, or that there was no time left to send. */
  readonly failed: number;
  /** Spans that were not even queued, because the queue was full or the service had stopped sending. */
  readonly dropped: number;
  /** Spans that the Collector refused for their size, each alone. */
  readonly tooLarge: number;
  /** Spans that wait or are on their way. */
  readonly queued: number;
}

/** The counts of a process that has made no span yet. */
export const noSpans: SpanCounts = {
  started: 0,
  ended: 0,
  exported: 0,
  failed: 0,
  dropped: 0,
  tooLarge: 0,
  queued: 0,
};
