import type { TraceLine } from "@envoy-mesh-lab/check";
import { checkTraces, toLine } from "@envoy-mesh-lab/check";
import type { Trace } from "@envoy-mesh-lab/trace";
import { ExitCode, LabError, readStreams } from "@envoy-mesh-lab/trace";
import { shown } from "./shown.ts";
import { shownLine } from "./shown-line.ts";

/** An input as a browser has it: a file that was dropped, or an answer. */
export interface SetInput {
  readonly name: string;
  readonly bytes: ReadableStream<Uint8Array>;
}

/** How far reading is. */
export interface ReadProgress {
  readonly bytes: number;
  /** Traces that have been read and checked; the first of them come while the others are still looked at. */
  readonly lines?: readonly TraceLine[];
}

/** A set of traces that was read, in figures. */
export interface SetSummary {
  readonly setId: number;
  readonly name: string;
  readonly traces: number;
  readonly spans: number;
  /** Traces in which nothing was found that is more than a note. */
  readonly clean: number;
  /** What was odd about the input, in words. */
  readonly notices: readonly string[];
}

/** Lines that are reported at a time: more at once would hold up the page that gets them. */
const linesAtATime = 500;

/** After how many bytes it is told again how far reading is. */
const toldEvery = 2 * 1024 * 1024;

/** Sets of traces by number: what was dropped on the page, and what was fetched to be compared. */
export class TraceSets {
  readonly #sets = new Map<number, { readonly name: string; readonly traces: Map<string, Trace> }>();
  #next = 1;

  /**
   * Reads inputs of any format into one set, and checks its traces.
   *
   * @throws {LabError} when an input is broken, or there is no span in any of them.
   */
  async read(
    inputs: readonly SetInput[],
    onProgress: (progress: ReadProgress) => void = () => undefined,
  ): Promise<SetSummary> {
    const notices: string[] = [];
    let bytes = 0;
    let told = 0;
    const counted = inputs.map(({ name, bytes: from }) => ({
      name,
      bytes: counting(from, (more) => {
        bytes += more;
        if (bytes - told < toldEvery) return;
        told = bytes;
        onProgress({ bytes });
      }),
    }));
    const notice = (text: string) => void notices.push(shown(text));
    const traces = await Array.fromAsync(readStreams(counted, { notice }));
    const name = shown(inputs.map((it) => it.name).join(", "));
    const report = await checkTraces(withBreaks(traces));
    const found = new Map(report.reports.map((it) => [it.traceId, it.findings]));
    const sorted = traces
      .map((it) => toLine(it, found.get(it.traceId) ?? []))
      .map(shownLine)
      .sort(newestFirst);
    for (let i = 0; i < sorted.length; i += linesAtATime) {
      onProgress({ bytes, lines: sorted.slice(i, i + linesAtATime) });
      await aBreak();
    }
    const setId = this.put(name, traces);
    return { setId, name, traces: traces.length, spans: report.spans, clean: report.clean, notices };
  }

  /** Keeps traces as a set. */
  put(name: string, traces: readonly Trace[]): number {
    const setId = this.#next++;
    this.#sets.set(setId, { name, traces: new Map(traces.map((it) => [it.traceId, it])) });
    return setId;
  }

  /** Forgets a set. */
  remove(setId: number): void {
    this.#sets.delete(setId);
  }

  /** @throws {LabError} when there is no such set any more. */
  get(setId: number): { readonly name: string; readonly traces: ReadonlyMap<string, Trace> } {
    const set = this.#sets.get(setId);
    if (set === undefined) {
      throw new LabError("these traces are no longer here", {
        hint: "drop the file again: nothing of it is kept when the page is loaded anew",
        exitCode: ExitCode.usage,
      });
    }
    return set;
  }
}

function newestFirst(a: TraceLine, b: TraceLine): number {
  if (a.startNs !== b.startNs) return a.startNs > b.startNs ? -1 : 1;
  return a.traceId < b.traceId ? -1 : 1;
}

function counting(
  stream: ReadableStream<Uint8Array>,
  onBytes: (count: number) => void,
): ReadableStream<Uint8Array> {
  return stream.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        onBytes(chunk.byteLength);
        controller.enqueue(chunk);
      },
    }),
  );
}

/** Gives traces with a break every so often, in which whoever else asks something is answered. */
async function* withBreaks(traces: readonly Trace[]): AsyncGenerator<Trace> {
  let spans = 0;
  for (const trace of traces) {
    spans += trace.spans.length;
    if (spans > 20_000) {
      spans = 0;
      await aBreak();
    }
    yield trace;
  }
}

function aBreak(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
