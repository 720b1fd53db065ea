import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expectedSchema } from "@envoy-mesh-lab/check";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { findTraces } from "@envoy-mesh-lab/trace/node";
import { parse, YAMLParseError } from "yaml";
import * as z from "zod";
import { gatherTraces } from "../gather.ts";
import type { CheckGrade, GradeItem } from "../grade.ts";
import { missed, passed } from "../grade.ts";
import type { Sent } from "../traffic.ts";
import { send, trafficSchema } from "../traffic.ts";
import type { CheckContext } from "./context.ts";
import { toGrade } from "./context.ts";

/** A check of an alert: a TraceQL query of the learner's has to find the requests that failed, and those only. */
export const alertCheck = z.strictObject({
  kind: z.literal("alert"),
  name: z.string(),
  /** The learner's file: YAML, with the query behind `query:`. */
  alert: z.string(),
  cases: z
    .array(
      z.strictObject({
        /** In words: "an order over gRPC that fails". */
        name: z.string(),
        traffic: trafficSchema,
        /** How many spans of each call the query has to find. Who counts failures by their spans needs 1 for each. */
        spans: z.int().min(0),
      }),
    )
    .min(1),
});
export type AlertCheck = z.infer<typeof alertCheck>;
type Case = AlertCheck["cases"][number];

/** What the search found of a case: the traces of its calls, and how many spans of each. */
export interface Found {
  it: Case;
  traces: { traceId: string; spans: number }[];
}

/** How often Tempo is asked again, in milliseconds. */
const pollInterval = 250;
/** What Tempo finds is taken as all when nothing has been added for so long, in milliseconds. */
const quietPeriod = 2000;

/** Makes the calls of all cases, then has Tempo search for what the learner's alert would fire at. */
export async function runAlert(check: AlertCheck, context: CheckContext): Promise<CheckGrade> {
  const { mesh, onStep, folder } = context;
  const query = readQuery(join(folder, check.alert));
  if (typeof query !== "string") return toGrade(check.name, [query], [], []);
  const sent: { it: Case; sent: Sent }[] = [];
  for (const it of check.cases) {
    onStep?.(`${check.name}: ${it.name}`);
    sent.push({ it, sent: await send(it.traffic, context) });
  }
  const calls = sent.flatMap((it) => it.sent.calls);
  const [from, to] = [sent[0]?.sent.from ?? 0, sent.at(-1)?.sent.to ?? 0];
  onStep?.(`${check.name}: waiting for the traces`);
  const { tempo } = mesh.urls;
  const expected = expectedSchema.parse({ name: check.name });
  const traces = await gatherTraces({ calls, from, to }, { tempo, expected, window: false });
  const items = [...gradeCalls(sent, traces)];
  try {
    const found = await search(sent, { tempo, query, from, to });
    items.push(...gradeAlert(found));
  } catch (error) {
    if (!(error instanceof LabError) || error.exitCode !== ExitCode.usage) throw error;
    items.push(missed("Tempo understands the query", error.message, { code: "alert.query" }));
  }
  const all = [...traces.values()];
  const wrong = items.filter((it) => !it.ok).flatMap((it) => it.traceIds);
  return toGrade(check.name, items, all, all.filter((it) => wrong.includes(it.traceId)).slice(0, 1));
}

/** The learner's query, or what is wrong with the file. */
function readQuery(file: string): string | GradeItem {
  const expectation = `${file} has a query`;
  try {
    const content: unknown = parse(readFileSync(file, "utf8"));
    const query = (content as { query?: unknown } | null)?.query;
    return typeof query === "string" && query.trim() !== ""
      ? query
      : missed(expectation, 'there is none behind "query:"', { code: "alert.query" });
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    return missed(expectation, error.message, { code: "alert.query" });
  }
}

/** Asks Tempo until it finds what is expected, or nothing more. */
async function search(
  sent: readonly { it: Case; sent: Sent }[],
  { tempo, query, from, to }: { tempo: string; query: string; from: number; to: number },
): Promise<Found[]> {
  let last = "";
  for (let changedAt = Date.now(); ; await delay(pollInterval)) {
    const matches = await findTraces(tempo, { query, startMs: from, endMs: to, limit: 1000 });
    const spansOf = new Map(matches.map((it) => [it.traceId, it.matched]));
    const found = sent.map(({ it, sent: { calls } }) => ({
      it,
      traces: calls.flatMap(({ traceId }) => (traceId ? { traceId, spans: spansOf.get(traceId) ?? 0 } : [])),
    }));
    const now = JSON.stringify(found);
    if (now !== last) changedAt = Date.now();
    last = now;
    const isRight = gradeAlert(found).every(({ ok }) => ok);
    if (isRight || Date.now() - changedAt > quietPeriod) return found;
  }
}

/** Whether the calls ended as they should, and their traces are there to be searched. */
function gradeCalls(
  sent: readonly { it: Case; sent: Sent }[],
  traces: ReadonlyMap<string, unknown>,
): GradeItem[] {
  return sent.flatMap(({ it, sent: { calls } }) => {
    const { name, traffic } = it;
    const wrong = calls.find(({ code }) => code !== traffic.code);
    if (wrong) {
      return missed(
        `${name}: ends with ${traffic.code}`,
        `it ends with ${wrong.code}`,
        { code: "call.code", edge: name },
        { traceIds: wrong.traceId ? [wrong.traceId] : [] },
      );
    }
    const absent = calls.filter(({ traceId }) => traceId === undefined || !traces.has(traceId));
    const fault = { code: "trace.missing", edge: name };
    return absent.length > 0
      ? [missed(`${name}: its trace is in Tempo`, `${absent.length} are not`, fault)]
      : [];
  });
}

/** Whether the query found what it should, case by case. */
export function gradeAlert(found: readonly Found[]): GradeItem[] {
  return found.map(({ it: { name, spans: wanted }, traces }) => {
    const expectation = `${name}: ${wanted === 0 ? "no alert" : `found by ${inSpans(wanted)}`}`;
    const wrong = traces.find(({ spans }) => spans !== wanted);
    const ids = { traceIds: traces.map(({ traceId }) => traceId) };
    if (wrong === undefined) return passed(expectation, { traceIds: ids.traceIds });
    const code =
      wrong.spans === 0
        ? "alert.silent"
        : wanted === 0
          ? "alert.false"
          : wrong.spans > wanted
            ? "alert.repeated"
            : "alert.silent";
    const seen = wrong.spans === 0 ? "not found" : `found by ${inSpans(wrong.spans)}`;
    return missed(expectation, seen, { code, edge: name }, { traceIds: [wrong.traceId] });
  });
}

const inSpans = (count: number) => `${count} ${count === 1 ? "span" : "spans"}`;
