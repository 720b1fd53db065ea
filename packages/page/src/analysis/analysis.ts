import type { Expected, TraceLine } from "@envoy-mesh-lab/check";
import { expectedSchema, toLine } from "@envoy-mesh-lab/check";
import type { Trace } from "@envoy-mesh-lab/trace";
import { ExitCode, LabError, originsOf, readStreams, toOtlpJson } from "@envoy-mesh-lab/trace";
import type { Comparison } from "./compare-sets.ts";
import { compareSets } from "./compare-sets.ts";
import type { Judgement } from "./judge.ts";
import { judge } from "./judge.ts";
import { shown } from "./shown.ts";
import { shownLine } from "./shown-line.ts";
import type { SpanFacts } from "./span-facts.ts";
import { spanFacts } from "./span-facts.ts";
import type { ReadProgress, SetSummary } from "./trace-sets.ts";
import { TraceSets } from "./trace-sets.ts";
import type { Waterfall } from "./waterfall.ts";
import { waterfallOf } from "./waterfall.ts";

/** A trace, ready to be shown; what check says of it is asked for by itself. */
export interface TraceView {
  readonly line: TraceLine;
  readonly waterfall: Waterfall;
  /** What the reader found odd, in words. */
  readonly quirks: readonly string[];
}

/** A trace as the page's server hands it out. */
export interface ServedTrace {
  readonly otlpJson: string;
  /** What it has to look like, in JSON; empty where nothing is expected. */
  readonly expectedJson: string;
}

/** All that is worked out of traces. It runs in a worker, so that the page never waits for it; nothing leaves it but answers. */
export class Analysis {
  readonly #sets = new TraceSets();
  #opened: { readonly trace: Trace; readonly expected: Expected | undefined } | undefined;

  /** Reads files of any format into one set. */
  readFiles(
    files: readonly { readonly name: string; readonly blob: Blob }[],
    onProgress?: (progress: ReadProgress) => void,
  ): Promise<SetSummary> {
    const inputs = files.map(({ name, blob }) => ({ name, bytes: blob.stream() }));
    return this.#sets.read(inputs, onProgress);
  }

  /** Reads what the server handed out into one set. */
  readServed(
    name: string,
    otlpJsons: readonly string[],
    onProgress?: (progress: ReadProgress) => void,
  ): Promise<SetSummary> {
    return this.#sets.read(
      [{ name, bytes: new Blob(otlpJsons.map((it) => `${it}\n`)).stream() }],
      onProgress,
    );
  }

  /** Forgets a set. */
  async removeSet(setId: number): Promise<void> {
    this.#sets.remove(setId);
  }

  /** Opens a trace that the server handed out. */
  async openServed({ otlpJson, expectedJson }: ServedTrace): Promise<TraceView> {
    const bytes = new Blob([otlpJson]).stream();
    const [trace] = await Array.fromAsync(
      readStreams([{ name: "the server's answer", bytes }], { notice: () => undefined }),
    );
    const expected = expectedJson === "" ? undefined : expectedSchema.parse(JSON.parse(expectedJson));
    return this.#open(trace as Trace, expected);
  }

  /** Opens a trace of a set. */
  async openOfSet(setId: number, traceId: string): Promise<TraceView> {
    const { name, traces } = this.#sets.get(setId);
    const trace = traces.get(traceId);
    if (trace === undefined) throw noTrace(`${name} has no trace ${shown(traceId)}`);
    return this.#open(trace, undefined);
  }

  #open(trace: Trace, expected: Expected | undefined): TraceView {
    this.#opened = { trace, expected };
    return {
      line: shownLine(toLine(trace, [])),
      waterfall: waterfallOf(trace),
      quirks: (trace.quirks ?? []).map((it) => shown(`${it.code}: ${it.message}`)),
    };
  }

  /** What check says of the opened trace. Of 10,000 spans that takes as long as all else, so that they are shown before. */
  async judgeOpened(traceId: string): Promise<Omit<Judgement, "report">> {
    if (this.#opened?.trace.traceId !== traceId) throw noTrace(`trace ${shown(traceId)} is no longer open`);
    const { report: _, ...judgement } = await judge(this.#opened.trace, this.#opened.expected);
    return judgement;
  }

  /** All that a span of the opened trace says. */
  async spanFacts(spanId: string): Promise<SpanFacts> {
    const trace = this.#required();
    const span = trace.spans.find((it) => it.spanId === spanId);
    if (span === undefined) throw noTrace(`there is no span ${shown(spanId)} in trace ${trace.traceId}`);
    return spanFacts(trace, span, originsOf(trace));
  }

  /** The opened trace as OTLP JSON. */
  async exported(): Promise<string> {
    return toOtlpJson([this.#required()]);
  }

  /** Compares two sets, or sums up one. */
  async compare(a: number, b: number | undefined, by: string | undefined): Promise<Comparison> {
    const named = (setId: number) => {
      const { name, traces } = this.#sets.get(setId);
      return { name, traces: traces.values() };
    };
    return compareSets(named(a), b === undefined ? undefined : named(b), by);
  }

  #required(): Trace {
    if (this.#opened === undefined) throw noTrace("no trace is open");
    return this.#opened.trace;
  }
}

function noTrace(message: string): LabError {
  return new LabError(message, { hint: "open it again from the list", exitCode: ExitCode.traceMissing });
}
