import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { count } from "@envoy-mesh-lab/check";
import type { Runtime } from "@envoy-mesh-lab/mesh";
import { requireRuntime } from "@envoy-mesh-lab/mesh";
import type { Trace } from "@envoy-mesh-lab/trace";
import { fetchTrace } from "@envoy-mesh-lab/trace/node";
import * as z from "zod";
import type { CheckGrade, GradeItem } from "../grade.ts";
import { missed, passed } from "../grade.ts";
import { inTurns } from "../in-turns.ts";
import { send, trafficSchema } from "../traffic.ts";
import type { CheckContext } from "./context.ts";
import { toGrade } from "./context.ts";
import { gradeKept } from "./kept.ts";
import { endedOtherwise } from "./logs.ts";
import { readNumbers, withVariables } from "./numbers.ts";
import type { Selector, Series } from "./series.ts";
import { parseSeries, sumOf } from "./series.ts";

/**
 * A check of metrics against a ledger of the calls that were made: numbers of the learner's, each the sum of the series that its
 * selector finds, have to grow by just so much for each call.
 */
export const metricsCheck = z.strictObject({
  kind: z.literal("metrics"),
  name: z.string(),
  /** The learner's file: YAML, with a selector, or a list of them, for each number. */
  numbers: z.string(),
  /** Who has the metrics, in Prometheus' text format, at GET /metrics of a port of its container. */
  of: z.strictObject({ part: z.string(), port: z.int() }),
  /** How long after the last call a number may still grow, in milliseconds, and a trace arrive: earlier nothing is said to be right. */
  withinMs: z.int().min(0).max(30_000),
  cases: z
    .array(
      z.strictObject({
        /** In words: "streams that fail". */
        of: z.string(),
        traffic: trafficSchema,
        /** What stands for `$name` in the selectors, as in a dashboard's. */
        variables: z.record(z.string(), z.string()).default({}),
        /** By how much each number grows for each of the calls. */
        each: z.record(z.string(), z.int().min(0)),
        /** Of how many calls the trace is kept, of `all` or of so many. Default: nobody asks. */
        kept: z.union([z.literal("all"), count]).optional(),
      }),
    )
    .min(1),
});
type MetricsCheck = z.infer<typeof metricsCheck>;

/** How often is asked again, in milliseconds. */
const pollInterval = 200;
/** After how long without growth numbers that are right stay so, and others are what they are, in milliseconds. */
const [settled, quietPeriod] = [1200, 3000];

type Case = MetricsCheck["cases"][number];

/** What came of the calls of one case, and by how much each number grew meanwhile. */
export interface Counted {
  it: Pick<Case, "of" | "each" | "kept">;
  /** How many calls were made, and the ids of their traces: all, and those that are there. */
  calls: number;
  ids: readonly string[];
  found: readonly string[];
  grown: Readonly<Record<string, number>>;
}

/** Makes the calls of all cases at once, waits until all may have been counted, and compares. */
export async function runMetrics(check: MetricsCheck, context: CheckContext): Promise<CheckGrade> {
  const { mesh, folder, onStep, signal } = context;
  const runtime = requireRuntime(mesh);
  const wanted = [...new Set(check.cases.flatMap(({ each }) => Object.keys(each)))];
  const selectors = readNumbers(join(folder, check.numbers), check.numbers, wanted);
  if (!(selectors instanceof Map)) return toGrade(check.name, selectors, [], []);
  const before = (await readSeries(runtime, check.of)) ?? [];
  onStep?.(`${check.name}: making calls: ${check.cases.map(({ of }) => of).join(", ")}`);
  const sent = await Promise.all(check.cases.map((it) => send(it.traffic, context)));
  const endedAt = Date.now();
  onStep?.(`${check.name}: waiting until all is counted`);
  const ended = sent.flatMap(({ calls }, i) => gradeEnds(check.cases[i] as Case, calls));
  const traces = new Map<string, Trace>();
  for (let last = "", grownAt = endedAt; ; await delay(pollInterval)) {
    const after = await readSeries(runtime, check.of);
    const counted: Counted[] = [];
    for (const [i, { calls }] of sent.entries()) {
      const it = check.cases[i] as Case;
      const ids = calls.flatMap(({ traceId }) => traceId ?? []);
      const unseen = it.kept === undefined ? [] : ids.filter((id) => !traces.has(id));
      for (const trace of await inTurns(unseen, (id) => fetchTrace(mesh.urls.tempo, id))) {
        if (trace !== undefined) traces.set(trace.traceId, trace);
      }
      const found = ids.filter((id) => traces.has(id));
      const grown = growthOf(selectors, it, before, after ?? []);
      counted.push({ it, calls: calls.length, ids, found, grown });
    }
    const now = JSON.stringify(counted);
    if (now !== last) grownAt = Date.now();
    last = now;
    const items = [...ended, ...(after === undefined ? [silent(check.of)] : gradeCounted(counted))];
    const since = { end: Date.now() - endedAt, growth: Date.now() - grownAt };
    if (!isDecided(items, since, check.withinMs) && !signal?.aborted) continue;
    const all = [...traces.values()];
    const wrong = items.filter(({ ok }) => !ok).flatMap(({ traceIds }) => traceIds);
    return toGrade(check.name, items, all, all.filter(({ traceId }) => wrong.includes(traceId)).slice(0, 1));
  }
}

/**
 * Whether what was found is the verdict. What grew too much does not shrink again; for what is missing, longer is waited.
 *
 * @param since when the last call ended, and when anything grew for the last time, both in milliseconds ago.
 */
export function isDecided(
  items: readonly GradeItem[],
  since: { end: number; growth: number },
  withinMs: number,
): boolean {
  const isMissing = items.some(({ faults }) => faults.some(({ code }) => !code.endsWith(".many")));
  return since.end >= withinMs && since.growth >= (isMissing ? quietPeriod : settled);
}

function gradeEnds({ traffic: { code } }: Case, calls: readonly { code: string }[]): GradeItem[] {
  const wrong = calls.filter((it) => it.code !== code);
  return wrong.length === 0 ? [] : [endedOtherwise(code, calls.length, wrong)];
}

/** What a part's instances say; undefined where none answers. */
async function readSeries(
  runtime: Runtime,
  { part, port }: MetricsCheck["of"],
): Promise<Series[] | undefined> {
  const texts = await runtime.get(part, port, "/metrics");
  return texts.length === 0 ? undefined : texts.flatMap(parseSeries);
}

function silent({ part, port }: MetricsCheck["of"]): GradeItem {
  const expectation = `${part} tells its metrics at port ${port}`;
  return missed(expectation, "it does not answer there", { code: "metric.none", edge: part });
}

/** By how much the numbers of a case grew between two readings. */
function growthOf(
  selectors: ReadonlyMap<string, readonly Selector[]>,
  { each, variables }: Case,
  before: readonly Series[],
  after: readonly Series[],
): Record<string, number> {
  return Object.fromEntries(
    Object.keys(each).map((number) => {
      const meant = (selectors.get(number) ?? []).map((it) => withVariables(it, variables));
      const sum = (series: readonly Series[]) =>
        meant.reduce((total, selector) => total + sumOf(series, selector), 0);
      return [number, sum(after) - sum(before)];
    }),
  );
}

/** Compares by how much numbers grew with the calls that were made, and counts the traces that are kept. */
export function gradeCounted(cases: readonly Counted[]): GradeItem[] {
  return cases.flatMap(({ it: { of, each, kept }, calls, ids, found, grown }) => [
    ...Object.entries(each).map(([number, one]) => {
      const wanted = one * calls;
      const seen = grown[number] ?? 0;
      const expectation = `${calls} ${of}: "${number}" grows by ${wanted}`;
      if (seen === wanted) return passed(expectation);
      const code = seen < wanted ? "metric.few" : "metric.many";
      return missed(
        expectation,
        `it grows by ${seen}`,
        { code, edge: number },
        { traceIds: found.slice(0, 3) },
      );
    }),
    ...(kept === undefined ? [] : [gradeKept(of, kept === "all" ? { min: ids.length } : kept, ids, found)]),
  ]);
}
