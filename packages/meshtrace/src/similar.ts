import type { CollectOptions, Contrast, Likeness } from "@envoy-mesh-lab/compare";
import { contrast, likenessOf } from "@envoy-mesh-lab/compare";
import type { Keep, Trace } from "@envoy-mesh-lab/trace";
import { ExitCode, LabError, serviceOf } from "@envoy-mesh-lab/trace";
import type { Host } from "./host.ts";
import type { InputFlags } from "./input-flags.ts";
import { readTraces } from "./read-traces.ts";

/** How many traces of Tempo's are looked through when nothing else is said. */
const defaultLimit = 100;

/** A trace held against the fast ones of its shape, and in words where those were looked for and why it is this trace. */
export interface Found {
  contrast: Contrast;
  source: string;
  /** Undefined where the trace was named. */
  chosen?: string;
}

/**
 * Looks for the fast traces of the shape of one: in the files or the search that it comes from, else in Tempo's of the last
 * hour (`--since`) that hold a span as its first one.
 *
 * @param ids the trace; none means the slowest of the files or of the search, or the newest of the host's.
 * @throws {LabError} (exit code `usage`) when it is not one trace, (`traceMissing`) when there is none.
 */
export async function findSimilar(
  host: Host,
  ids: readonly string[],
  flags: InputFlags,
  { decomposer, findOrigins, keep }: CollectOptions,
  keys: Keep,
): Promise<Found> {
  const [id = keep, ...more] = ids;
  if (more.length > 0) {
    throw new LabError(`--against similar is about one trace, and ${ids.length} are named`, {
      exitCode: ExitCode.usage,
      hint: "run it once for each",
    });
  }
  const like = (trace: Trace) => likenessOf(decomposer, decomposer.detail(trace, findOrigins));
  const read = async (wanted: readonly string[], from: InputFlags): Promise<Likeness[]> => {
    const traces = await Array.fromAsync(readTraces(host, wanted, from, { keep: keys }), like);
    return traces.filter((it) => it !== undefined);
  };

  if (flags.from !== undefined || flags.query !== undefined) {
    const all = await read([], flags);
    const wanted = id?.toLowerCase();
    const one = wanted === undefined ? slowestOf(all) : all.findLast((it) => it.traceId === wanted);
    const source = flags.from?.join(", ") ?? (flags.query as string);
    if (one === undefined) throw missing(wanted === undefined ? "no trace" : `no trace ${wanted}`, source);
    return {
      contrast: contrast(one, all),
      source,
      ...(wanted === undefined && { chosen: "the slowest, as none is named" }),
    };
  }

  // The window is that of the others: the trace itself is asked for by its id.
  const { since: _since, start: _start, end: _end, limit = defaultLimit, ...place } = flags;
  const [trace] = await Array.fromAsync(
    readTraces(host, id === undefined ? [] : [id], place, { keep: keys }),
  );
  const one = trace && like(trace);
  if (one === undefined) throw missing("no trace", "Tempo");
  const others = await read([], { ...flags, limit, query: queryFor(trace as Trace, one) });
  return {
    contrast: contrast(one, others),
    source: "Tempo",
    ...(id === undefined && { chosen: "the newest, as none is named" }),
  };
}

/** The first of the slowest. */
function slowestOf([first, ...rest]: readonly Likeness[]): Likeness | undefined {
  return first && rest.reduce((best, it) => (it.totalNs > best.totalNs ? it : best), first);
}

/** What finds, in Tempo, the traces that hold a span as the first of this one. */
function queryFor({ spans }: Trace, one: Likeness): string {
  const first = spans.find((it) => it.spanId === one.topSpanId);
  if (first === undefined) throw new Error("the top span is none of the trace's");
  return `{ resource.service.name = ${JSON.stringify(serviceOf(first))} && name = ${JSON.stringify(first.name)} }`;
}

function missing(what: string, source: string): LabError {
  return new LabError(`there is ${what} in ${source}`, {
    exitCode: ExitCode.traceMissing,
    hint: "make more calls, widen the search with --since, or name files with --from",
  });
}
