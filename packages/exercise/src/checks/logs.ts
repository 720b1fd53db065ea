import { setTimeout as delay } from "node:timers/promises";
import type { Count } from "@envoy-mesh-lab/check";
import { count, countInWords, holds, inCount, valueTest } from "@envoy-mesh-lab/check";
import type { LogMark } from "@envoy-mesh-lab/mesh";
import { requireRuntime } from "@envoy-mesh-lab/mesh";
import type { AttributeValue, Trace } from "@envoy-mesh-lab/trace";
import { fetchTrace } from "@envoy-mesh-lab/trace/node";
import * as z from "zod";
import type { CheckGrade, GradeItem } from "../grade.ts";
import { missed, passed } from "../grade.ts";
import { send, trafficSchema } from "../traffic.ts";
import type { CheckContext } from "./context.ts";
import { toGrade } from "./context.ts";

/** A check that makes calls and looks for lines about each of them, by trace id, in what the parts print. */
export const logsCheck = z.strictObject({
  kind: z.literal("logs"),
  name: z.string(),
  traffic: trafficSchema,
  lines: z
    .array(
      z.strictObject({
        /** Whose log. */
        part: z.string(),
        /** In words: "the access log of what goes out". */
        of: z.string(),
        /** What a line has to say, key by key, to be meant. */
        where: z.record(z.string(), valueTest).default({}),
        /** How many such lines there are about each call. */
        count: count.default({ min: 1, max: 1 }),
      }),
    )
    .min(1),
});
type LogsCheck = z.infer<typeof logsCheck>;
type Wanted = LogsCheck["lines"][number];

/** A line of a log that is a JSON object. */
export type Line = Readonly<Record<string, AttributeValue>>;

/** How often the logs are read, and how long lines may take to be written, in milliseconds. */
const [pollInterval, arrivalTimeout] = [150, 1500];

/** Makes the calls of a check and joins the lines of the logs to their traces. */
export async function runLogs(check: LogsCheck, context: CheckContext): Promise<CheckGrade> {
  const { mesh, onStep, signal } = context;
  const runtime = requireRuntime(mesh);
  const marks = new Map<string, LogMark>();
  for (const { part } of check.lines) marks.set(part, await runtime.markLog(part));

  onStep?.(`${check.name}: making ${check.traffic.number} calls`);
  const { calls } = await send(check.traffic, context);
  const ids = calls.flatMap(({ traceId }) => traceId ?? []);
  onStep?.(`${check.name}: reading the logs`);
  const traces = new Map<string, Trace>();
  for (const deadline = Date.now() + arrivalTimeout; ; await delay(pollInterval)) {
    for (const id of ids) {
      const trace = await fetchTrace(mesh.urls.tempo, id);
      if (trace !== undefined) traces.set(id, trace);
    }
    const items = await Promise.all(
      check.lines.map(async (wanted) => {
        const text = await runtime.readLog(marks.get(wanted.part) ?? wanted.part);
        return gradeLines(wanted, parseLines(text), ids, traces);
      }),
    );
    if (items.every((it) => it.ok) || Date.now() > deadline || signal?.aborted) {
      const wrong = calls.filter((it) => it.code !== check.traffic.code);
      const ended = wrong.length === 0 ? [] : [endedOtherwise(check.traffic.code, calls.length, wrong)];
      return toGrade(check.name, [...ended, ...items], [...traces.values()], []);
    }
  }
}

/** That calls did not end as they should. */
export function endedOtherwise(code: string, number: number, wrong: readonly { code: string }[]): GradeItem {
  const seen = `${wrong.length} ended otherwise, the first with ${wrong[0]?.code}`;
  return missed(`${number} calls end with ${code}`, seen, { code: "call.code" });
}

/** The lines of a log that are JSON objects; others are no part of the checks. */
export function parseLines(text: string): Line[] {
  return text.split("\n").flatMap((line) => {
    if (!line.startsWith("{")) return [];
    try {
      return [JSON.parse(line) as Line];
    } catch {
      // The last line may be half written.
      return [];
    }
  });
}

/**
 * Grades whether each call has its lines: with its trace's id, and with the id of a span that the part itself has in that
 * trace.
 */
export function gradeLines(
  { part, of, where, count: wanted }: Wanted,
  lines: readonly Line[],
  ids: readonly string[],
  traces: ReadonlyMap<string, Trace>,
): GradeItem {
  const expectation = `${part}: ${of} has ${linesInWords(wanted)} with the trace_id and a span_id of each call`;
  const meant = lines.filter((line) => Object.entries(where).every(([key, test]) => holds(test, line[key])));
  const joined = (id: string) => meant.filter((it) => it.trace_id === id && isOfSpan(it, traces.get(id)));
  const wrong = ids.filter((id) => !inCount(joined(id).length, wanted));
  if (wrong.length === 0) return passed(expectation, { traceIds: [...ids] });
  const lost = meant.filter((it) => !ids.includes(String(it.trace_id)));
  const [one] = lost.length > 0 ? lost : meant;
  const seen = `not for ${wrong.length} of ${ids.length} calls; ${
    one === undefined ? "there is no such line" : `a line that is there: ${JSON.stringify(one)}`
  }`;
  return missed(expectation, seen, { code: "log.unjoined", edge: part }, { traceIds: wrong.slice(0, 3) });
}

function isOfSpan(line: Line, trace: Trace | undefined): boolean {
  return (trace?.spans ?? []).some(
    (it) => it.spanId === line.span_id && it.resource["service.name"] === line["service.name"],
  );
}

function linesInWords(wanted: Count): string {
  return wanted.max === 0 ? "no line" : `${countInWords(wanted)} ${wanted.max === 1 ? "line" : "lines"}`;
}
