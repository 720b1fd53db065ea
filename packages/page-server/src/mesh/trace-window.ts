import type { EdgeCall } from "@envoy-mesh-lab/compare";
import { Decomposer, edgeCalls } from "@envoy-mesh-lab/compare";
import type { OriginFinder, Trace } from "@envoy-mesh-lab/trace";
import { originFinder } from "@envoy-mesh-lab/trace";

/** What a window keeps, whatever comes: this is what bounds its memory. */
export const windowLimits = {
  /** How far back it reaches, in milliseconds. */
  ms: 30_000,
  /** Traces of which the figures are kept. At more than 50 new ones a second, the figures are of the newest. */
  traces: 1_500,
  /** Calls of one trace that count; a trace of 10,000 spans does not push all others out. */
  callsOfTrace: 200,
  /** The newest traces are kept whole, for `lab check`; and no more spans than these. */
  whole: 200,
  wholeSpans: 5_000,
} as const;

/** After so many hops of strangers' names, the table of hops is begun anew. */
const hopsAtMost = 5_000;

interface Kept {
  readonly startMs: number;
  readonly calls: readonly EdgeCall[];
}

/** The traces of the last seconds: of many the figures, of the newest the spans too. Pure but for what it is given. */
export class TraceWindow {
  readonly #kept = new Map<string, Kept>();
  readonly #whole = new Map<string, Trace>();
  #decomposer = new Decomposer();
  #findOrigins: OriginFinder = originFinder();

  /** Adds a trace, or puts in more of it. */
  add(trace: Trace, startMs: number): void {
    if (this.#decomposer.names.hops.length > hopsAtMost) {
      this.#decomposer = new Decomposer();
      this.#findOrigins = originFinder();
    }
    const calls = edgeCalls(this.#decomposer, trace, this.#findOrigins).slice(0, windowLimits.callsOfTrace);
    this.#kept.delete(trace.traceId);
    this.#kept.set(trace.traceId, { startMs, calls });
    dropFirst(this.#kept, this.#kept.size - windowLimits.traces);
    this.#whole.delete(trace.traceId);
    if (trace.spans.length > windowLimits.wholeSpans) return;
    this.#whole.set(trace.traceId, trace);
    let spans = 0;
    for (const it of this.#whole.values()) spans += it.spans.length;
    while (this.#whole.size > windowLimits.whole || spans > windowLimits.wholeSpans) {
      const [[id, oldest] = []] = this.#whole;
      if (id === undefined || oldest === undefined) break;
      this.#whole.delete(id);
      spans -= oldest.spans.length;
    }
  }

  /** Forgets what began before the window. */
  expire(nowMs: number): void {
    for (const [id, { startMs }] of this.#kept) {
      if (startMs >= nowMs - windowLimits.ms) continue;
      this.#kept.delete(id);
      this.#whole.delete(id);
    }
  }

  /** How many traces the figures are of. */
  get size(): number {
    return this.#kept.size;
  }

  /** Whether it has a trace. */
  has(traceId: string): boolean {
    return this.#kept.has(traceId);
  }

  /** All calls of it. */
  *calls(): Generator<EdgeCall> {
    for (const { calls } of this.#kept.values()) yield* calls;
  }

  /** The traces that are there whole, the oldest first. */
  whole(): Trace[] {
    return [...this.#whole.values()];
  }
}

function dropFirst(map: Map<string, unknown>, count: number): void {
  for (const key of map.keys()) {
    if (count-- <= 0) return;
    map.delete(key);
  }
}
