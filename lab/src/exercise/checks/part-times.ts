import { Decomposer } from "../../compare/decompose.ts";
import { hopKey } from "../../compare/hop.ts";
import type { Trace } from "../../trace/model.ts";

/** What a part of the way takes, over several traces. */
export type PartTime = {
  /** As `lab compare --json` names it: `proxy backend-proxy inbound`. */
  key: string;
  /** The median, in nanoseconds; a trace in which the part takes no time counts as 0. */
  ns: number;
  /** The trace in which it takes the most. */
  slowest: string;
};

/** Divides the time of each trace among the parts of the way, and takes the median of each part. */
export function partTimes(traces: readonly Trace[]): PartTime[] {
  const decomposer = new Decomposer();
  const parts = new Map<string, { ns: number; traceId: string }[]>();
  for (const trace of traces) {
    const { traceId } = trace;
    for (const { hop, ns } of decomposer.decompose(trace).parts) {
      const key = hopKey(hop);
      parts.set(key, [...(parts.get(key) ?? []), { ns, traceId }]);
    }
  }
  return [...parts].map(([key, times]) => {
    const falling = times.sort((a, b) => b.ns - a.ns);
    return {
      key,
      ns: falling[Math.floor(traces.length / 2)]?.ns ?? 0,
      slowest: falling[0]?.traceId ?? "",
    };
  });
}
