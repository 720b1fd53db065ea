import type { OriginFinder, Trace } from "@envoy-mesh-lab/trace";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import type { Decomposer } from "./decompose.ts";
import { groupValue } from "./group-value.ts";
import { Sample } from "./sample.ts";
import { Structure } from "./structure.ts";

/** How traces are gathered. */
export interface CollectOptions {
  /** Shared by the sets that are compared, so that they speak of the same hops. */
  decomposer: Decomposer;
  /** Who made a trace's spans. */
  findOrigins: OriginFinder;
  /** The attribute to group by. */
  by?: string | undefined;
  /** The trace to keep whole, to draw it; the slowest one when it is not given. */
  keep?: string | undefined;
}

/** Groups beyond so many go together, so that an attribute with a value of its own in each trace fills no memory. */
const groupsAtMost = 1000;

/** The group of traces in which no span has the attribute. */
export const withoutValue = "(none)";

/** The group of all values beyond the first 1000. */
export const otherValues = "(other values)";

/** What has been gathered of a set of traces. */
export class Collection {
  readonly sample = new Sample();
  /** Of the traces in which work went on after the answer, their times until the last span. */
  readonly untilLast = new Sample();
  readonly structure: Structure;
  readonly groups = new Map<string, Sample>();
  /** The trace that was kept whole. */
  kept: Trace | undefined;
  readonly #options: CollectOptions;
  #keptNs = -1;
  #spansWithValue = 0;

  constructor(options: CollectOptions) {
    this.#options = options;
    this.structure = new Structure(options.decomposer.names);
  }

  /** Adds a trace. Nothing of it is held but numbers, unless it is the one to keep. */
  add(trace: Trace): void {
    const { decomposer, findOrigins, by, keep } = this.#options;
    const { decomposition, index, placement } = decomposer.detail(trace, findOrigins);
    if (decomposition.top < 0) {
      return;
    }
    this.sample.add(decomposition, trace.spans.length);
    const { untilLast } = decomposition;
    if (untilLast !== undefined) this.untilLast.add({ ...decomposition, ...untilLast }, trace.spans.length);
    this.structure.add(index, placement, decomposition.top);
    if (by !== undefined) {
      const value = groupValue(index, placement, by);
      if (value !== undefined) this.#spansWithValue++;
      this.#group(value ?? withoutValue).add(decomposition, trace.spans.length);
    }
    const { totalNs } = decomposition;
    const slower =
      totalNs > this.#keptNs || (totalNs === this.#keptNs && trace.traceId < (this.kept?.traceId ?? ""));
    if (keep === undefined ? slower : trace.traceId === keep) {
      this.kept = trace;
      this.#keptNs = totalNs;
    }
  }

  #group(value: string): Sample {
    const known = this.groups.get(value);
    if (known !== undefined) {
      return known;
    }
    if (this.groups.size >= groupsAtMost && value !== otherValues) {
      return this.#group(otherValues);
    }
    const sample = new Sample();
    this.groups.set(value, sample);
    return sample;
  }

  /**
   * Checks that there is something to tell.
   *
   * @param from what the traces were read from, in words.
   * @throws {LabError} when there is no trace, none with the attribute to group by, or not the trace to keep.
   */
  check(from: string): void {
    const { by, keep } = this.#options;
    if (this.sample.traces === 0) {
      throw new LabError(`there is no trace to compare in ${from}`, {
        exitCode: ExitCode.traceMissing,
        hint: "make some calls, or name files with --from",
      });
    }
    if (by !== undefined && this.#spansWithValue === 0) {
      throw new LabError(`--by: no span in ${from} has the attribute "${by}"`, {
        exitCode: ExitCode.usage,
        hint: "it may be an attribute of spans or of resources, or `name`; `trace --json` shows which there are",
      });
    }
    if (keep !== undefined && this.kept === undefined) {
      throw new LabError(`--trace: trace ${keep} is not in ${from}`, {
        exitCode: ExitCode.traceMissing,
        hint: "without --trace, the slowest one is drawn",
      });
    }
  }
}

/** Gathers traces from where they come one by one. */
export async function collect(
  traces: AsyncIterable<Trace> | Iterable<Trace>,
  options: CollectOptions,
): Promise<Collection> {
  const collection = new Collection(options);
  for await (const trace of traces) {
    collection.add(trace);
  }
  return collection;
}
