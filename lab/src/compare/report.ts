import { type HopRole, hopLabel } from "./hop.ts";
import type { Frame, Sample, SlowTrace } from "./sample.ts";
import { type Summary, summarize } from "./statistics.ts";

/** A line of figures: of a role, or of a hop. */
export type Line = { key: string; role: HopRole; label: string } & Summary;

/** What is told of a set of traces. */
export type SampleReport = {
  /** Where the traces come from. */
  source: string;
  traces: number;
  spans: number;
  total: Summary;
  roles: Line[];
  /** In the order of the calls. */
  hops: Line[];
  slowest: readonly SlowTrace[];
  notes: Sample["notes"];
};

/** Sums up a sample. */
export function reportSample(source: string, sample: Sample, frame: Frame = sample.frame()): SampleReport {
  const summaries = summarize(frame);
  return {
    source,
    traces: sample.traces,
    spans: sample.spans,
    total: summaries.total,
    roles: frame.roles.map((it) => ({ key: it.key, role: it.role, label: it.role, ...summaries.of(it) })),
    hops: frame.hops.map((it) => ({
      key: it.key,
      role: it.role,
      label: hopLabel(it.hop),
      ...summaries.of(it),
    })),
    slowest: sample.slowest,
    notes: sample.notes,
  };
}
