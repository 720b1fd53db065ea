import type { Trace } from "@envoy-mesh-lab/trace";
import { originFinder } from "@envoy-mesh-lab/trace";
import type { Collection, CollectOptions } from "./collection.ts";
import { collect } from "./collection.ts";
import { Decomposer } from "./decompose.ts";
import type { Difference } from "./difference.ts";
import { compareFrames } from "./difference.ts";
import type { Explanation } from "./explain.ts";
import type { HopRole } from "./hop.ts";
import { hopLabel } from "./hop.ts";
import { mixtureOf } from "./rules.ts";
import type { Frame, Sample, SlowTrace } from "./sample.ts";
import type { Summary } from "./statistics.ts";
import { confidence, resamples, summarize } from "./statistics.ts";
import type { StructureDiff } from "./structure.ts";
import { diffStructures } from "./structure.ts";

/** A line of figures: of a role, or of a hop. */
export type Line = {
  /** Stable name, for scripts: `proxy gateway-proxy outbound`. */
  key: string;
  role: HopRole;
  label: string;
  /** Of a mixed hop, what is in it and what would tell it apart. */
  mixture?: string;
} & Summary;

/** Until when times are counted: until the top span has ended, or until the last span below it has. */
type Until = "answer" | "last";

/** Figures of a set of traces. Times are in ns. */
export interface Figures {
  until: Until;
  traces: number;
  spans: number;
  total: Summary;
  roles: Line[];
  /** In the order of the calls. */
  hops: Line[];
}

/** What is said of a set of traces. Times are in ns. */
export type SampleReport = Figures & {
  /** The other view, of the traces in which work went on after the answer for more than 1 % of the time. */
  untilLast?: Figures;
  slowest: readonly SlowTrace[];
  notes: Sample["notes"];
};

/** All that `lab compare` tells; `--json` prints it as it is. */
export interface CompareReport {
  /** Rises when a script that reads this must be changed. */
  schema: "envoy-mesh-lab/compare/1";
  unit: "ns";
  confidence: number;
  resamples: number;
  /** The traces; A when there is a B. */
  a: SampleReport & { source: string };
  /** With `--by`: the same for each value, the one that takes the most time first. */
  groups?: ({ value: string } & SampleReport)[];
  by?: string;
  /** With `--against`. */
  b?: SampleReport & { source: string };
  differences?: Difference[];
  structure?: StructureDiff;
  /** With `--explain`: one trace, stretch by stretch. */
  explanation?: Explanation;
}

/** Sums up a sample. */
function reportSample(sample: Sample, frame: Frame = sample.frame(), untilLast?: Sample): SampleReport {
  return {
    ...figuresOf(sample, frame, "answer"),
    ...(untilLast === undefined || untilLast.traces === 0
      ? {}
      : { untilLast: figuresOf(untilLast, untilLast.frame(), "last") }),
    slowest: sample.slowest,
    notes: sample.notes,
  };
}

function figuresOf(sample: Sample, frame: Frame, until: Until): Figures {
  const summaries = summarize(frame);
  return {
    until,
    traces: sample.traces,
    spans: sample.spans,
    total: summaries.total,
    roles: frame.roles.map((it) => ({ key: it.key, role: it.role, label: it.role, ...summaries.of(it) })),
    hops: frame.hops.map((it) => {
      const mixture = mixtureOf(it.hop);
      return {
        key: it.key,
        role: it.role,
        label: hopLabel(it.hop),
        ...(mixture === undefined ? {} : { mixture }),
        ...summaries.of(it),
      };
    }),
  };
}

/** A set of traces, and what it was read from. */
export interface Side {
  source: string;
  collection: Collection;
}

/** Sums up one set of traces, or compares two. */
export function report(
  a: Side,
  options: {
    by?: string | undefined;
    against?: Side | undefined;
    explanation?: Explanation | undefined;
  },
): CompareReport {
  const frame = a.collection.sample.frame();
  const { by, against, explanation } = options;
  return {
    schema: "envoy-mesh-lab/compare/1",
    unit: "ns",
    confidence,
    resamples,
    a: { source: a.source, ...reportSample(a.collection.sample, frame, a.collection.untilLast) },
    ...(by === undefined ? {} : { by, groups: groupsOf(a.collection) }),
    ...(against === undefined ? {} : compared(a.collection, frame, against)),
    ...(explanation === undefined ? {} : { explanation }),
  };
}

function groupsOf({ groups }: Collection): ({ value: string } & SampleReport)[] {
  return [...groups]
    .map(([value, sample]) => ({ value, ...reportSample(sample) }))
    .sort((x, y) => timeOf(y) - timeOf(x) || (x.value < y.value ? -1 : 1));
}

function timeOf({ total, traces }: SampleReport): number {
  return total.mean.value * traces;
}

function compared(a: Collection, frame: Frame, { source, collection }: Side) {
  const other = collection.sample.frame();
  return {
    b: { source, ...reportSample(collection.sample, other, collection.untilLast) },
    differences: compareFrames(frame, other),
    structure: diffStructures(a.structure, collection.structure),
  };
}

/**
 * All of `lab compare` on traces at hand, but for reading and drawing: for benchmarks, and for other commands.
 *
 * @param options as for `collect`; the decomposer is made here when it is not given.
 */
export async function compareTraces(
  traces: AsyncIterable<Trace> | Iterable<Trace>,
  options: Partial<CollectOptions> = {},
): Promise<CompareReport> {
  const { decomposer = new Decomposer(), findOrigins: who = originFinder(), by, keep } = options;
  const collection = await collect(traces, { decomposer, findOrigins: who, by, keep });
  return report({ source: "memory", collection }, { by });
}
