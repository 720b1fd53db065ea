import { resolve } from "node:path";
import type { CheckReport, Expected } from "@envoy-mesh-lab/check";
import { checkTraces, expectedSchema, hasFailures, renderReport } from "@envoy-mesh-lab/check";
import { readExpected } from "@envoy-mesh-lab/check/node";
import { collect, Decomposer } from "@envoy-mesh-lab/compare";
import type { Trace } from "@envoy-mesh-lab/trace";
import { duration, originFinder, parseDuration, renderTrace } from "@envoy-mesh-lab/trace";

/** What came of an assertion, in words. */
export interface Judgement {
  pass: boolean;
  /** Why it is so: what is wrong, or what is there although it should not; with the traces drawn. */
  message: string;
}

/** Traces, or what has them. */
export type TraceSource = Trace | readonly Trace[] | { traces: () => readonly Trace[] };

/** What every trace has to be like: a list of hops, a file of expectations or what would stand in one. */
export type HopsExpectation = string | readonly object[] | object;

/** How much time there may be. */
export interface SpendOptions {
  /** Which percentile of the traces is looked at, over 0 to 100, by nearest rank. Default 100: every trace. */
  percentile?: number;
}

/** A trace without a span is none: of it, everything would hold. */
function listOf(source: TraceSource): readonly Trace[] {
  const all = "traces" in source ? source.traces() : Array.isArray(source) ? source : [source as Trace];
  return all.filter(({ spans }) => spans.length > 0);
}

/** Of no trace at all, everything would hold. */
const noTrace: Judgement = {
  pass: false,
  message: "there is no trace: has the call been made, and has its span ended?",
};

/** Whether every trace has the expected hops. The rules beside them are asked only by what says `findings`. */
export async function judgeHops(source: TraceSource, hops: HopsExpectation): Promise<Judgement> {
  const traces = listOf(source);
  const expected = expectationOf(hops);
  if (traces.length === 0) return noTrace;
  const report = await checkTraces(traces, { expected });
  const told = report.verdict?.expectations.filter((it) => it.kind !== "findings" || expected.findings) ?? [];
  const pass = told.every((it) => it.ok);
  return {
    pass,
    message: pass
      ? `the traces have the hops of "${expected.name}":\n\n${drawn(traces)}`
      : `the traces are not as "${expected.name}" has it:\n\n${inWords(report, expected)}`,
  };
}

function expectationOf(hops: HopsExpectation): Expected {
  if (typeof hops === "string") return readExpected(resolve(hops));
  const raw = Array.isArray(hops)
    ? { name: "the expected hops", hops }
    : { name: "the expected hops", ...hops };
  const parsed = expectedSchema.safeParse(raw);
  if (parsed.success) {
    if (parsed.data.hops.length > 0 || parsed.data.spans) return parsed.data;
    throw new TypeError("what is expected says nothing: no hop, and no spans");
  }
  const [issue] = parsed.error.issues;
  throw new TypeError(`what is expected is no expectation: ${issue?.path.join(".")}: ${issue?.message}`);
}

/** Whether the rules find nothing that is more than a note. */
export async function judgeClean(
  source: TraceSource,
  { ignore = [] }: { ignore?: readonly string[] } = {},
): Promise<Judgement> {
  const traces = listOf(source);
  if (traces.length === 0) return noTrace;
  const report = await checkTraces(traces, { ignore: new Set(ignore) });
  const pass = !hasFailures(report);
  return {
    pass,
    message: pass ? `nothing is wrong:\n\n${drawn(traces)}` : inWords(report, undefined),
  };
}

/**
 * Whether a role (`app`, `client`, `proxy`, `network` and so on) or a hop (`gateway-proxy outbound`) has no more of the time
 * of a trace than so much; what a trace does not have, takes none of it.
 *
 * @param limit a duration such as "5 ms", or nanoseconds.
 * @throws {TypeError} when no trace has such a role or hop, or the limit is no duration.
 */
export async function judgeSpend(
  source: TraceSource,
  what: string,
  limit: string | number,
  { percentile = 100 }: SpendOptions = {},
): Promise<Judgement> {
  const traces = listOf(source);
  const limitNs = nanosecondsOf(limit);
  if (!(percentile > 0 && percentile <= 100))
    throw new TypeError(`percentile ${percentile} is not over 0 to 100`);
  if (traces.length === 0) return noTrace;
  const { sample } = await collect(traces, { decomposer: new Decomposer(), findOrigins: originFinder([]) });
  const { roles, hops } = sample.frame();
  const columns = [
    ...roles.filter((it) => it.role === what),
    ...hops.filter((it) => it.key === what || it.hop.from === what),
  ];
  if (columns.length === 0) {
    const known = [...roles.map((it) => it.role), ...new Set(hops.map((it) => it.hop.from))];
    throw new TypeError(`no trace has time of "${what}"; there are ${known.join(", ")}`);
  }
  const spent = new Float64Array(traces.length);
  for (const { rows, ns } of columns) {
    rows.forEach((row, i) => {
      spent[row] = (spent[row] as number) + (ns[i] as number);
    });
  }
  const sorted = spent.toSorted();
  const seen = sorted[Math.ceil((percentile / 100) * sorted.length) - 1] as number;
  const pass = seen <= limitNs;
  const which = percentile === 100 ? "at most" : `at the ${percentile}th percentile`;
  const most = traces.toSorted((a, b) => spanTime(b) - spanTime(a))[0] as Trace;
  return {
    pass,
    message: `${what} takes ${duration(seen)} ${which} of ${traces.length} ${traces.length === 1 ? "trace" : "traces"}, ${pass ? "within" : "more than"} ${duration(limitNs)}; the longest trace:\n\n${drawn([most])}`,
  };
}

/** How long a trace takes, in nanoseconds. */
function spanTime({ spans }: Trace): number {
  let [from, to] = [spans[0]?.startNs ?? 0n, spans[0]?.endNs ?? 0n];
  for (const { startNs, endNs } of spans) {
    if (startNs < from) from = startNs;
    if (endNs > to) to = endNs;
  }
  return Number(to - from);
}

function nanosecondsOf(limit: string | number): number {
  const ms = typeof limit === "number" ? limit / 1e6 : parseDuration(limit.replaceAll(" ", ""));
  if (ms === undefined || Number.isNaN(ms)) {
    throw new TypeError(`"${limit}" is no duration; write "5 ms", "1.5 s", or nanoseconds as a number`);
  }
  return ms * 1e6;
}

function inWords(report: CheckReport, expected: Expected | undefined): string {
  return renderReport(report, { expected, checklist: false, color: false });
}

/** More traces are not drawn. */
const mostDrawn = 3;

function drawn(traces: readonly Trace[]): string {
  return traces
    .slice(0, mostDrawn)
    .map((it) => renderTrace(it, false))
    .join("\n");
}
