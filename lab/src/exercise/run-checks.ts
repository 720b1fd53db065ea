import { join } from "node:path";
import { checkTraces } from "../check/check-traces.ts";
import type { Expected } from "../check/expected.ts";
import { type Count, countInWords, inCount } from "../check/span-tests.ts";
import { indexTrace, labelAt } from "../check/trace-index.ts";
import type { Mesh } from "../native/mesh.ts";
import type { Trace } from "../trace/model.ts";
import { gradeAnswers, readAnswers } from "./answers.ts";
import { type Exercise, expectationOf } from "./exercise.ts";
import { gatherTraces } from "./gather.ts";
import { type CheckGrade, type Grade, type GradeItem, gradeReport, missed, passed } from "./grade.ts";
import type { QuestionsCheck, TracesCheck } from "./schema.ts";
import { type Sent, send } from "./traffic.ts";
import { versionsOf } from "./versions.ts";

/** What a check needs beside the exercise. */
export type RunContext = {
  mesh: Mesh;
  /** The folder with the learner's files. */
  folder: string;
  signal?: AbortSignal | undefined;
  /** Told what goes on. */
  onStep?: (text: string) => void;
  /** The trace that questions are about, in the place of the one that the answers name. */
  traceId?: string | undefined;
};

/** Grades an exercise on the running mesh: makes its calls, waits for their traces, and looks at them. */
export async function runChecks(exercise: Exercise, context: RunContext): Promise<Grade> {
  const startedAt = Date.now();
  const checks: CheckGrade[] = [];
  for (const [place, check] of exercise.checks.entries()) {
    if ("questions" in check) {
      const { trace } = check;
      const expected = trace && expectationOf(exercise, trace.expect, ["checks", place, "trace", "expect"]);
      checks.push(await runQuestions(check, expected, context));
    } else {
      const expected = expectationOf(exercise, check.expect, ["checks", place, "expect"]);
      checks.push(await runTraces(check, expected, context));
    }
  }
  return {
    exercise: exercise.name,
    ok: checks.every((it) => it.ok),
    checks,
    at: new Date(startedAt).toISOString(),
    durationMs: Date.now() - startedAt,
    versions: versionsOf(context.mesh),
  };
}

async function runTraces(check: TracesCheck, expected: Expected, context: RunContext): Promise<CheckGrade> {
  const { mesh, onStep, signal } = context;
  onStep?.(`${check.name}: making ${check.traffic.number} ${check.traffic.number === 1 ? "call" : "calls"}`);
  const sent = await send(check.traffic, mesh, signal);
  onStep?.(`${check.name}: waiting for the traces`);
  const traces = await gatherTraces(sent, {
    tempo: mesh.urls.tempo,
    expected,
    window: check.traces === "window",
  });
  const all = [...traces.values()];
  const named = new Set(sent.calls.map((it) => it.traceId));
  const ofCalls = all.filter((it) => named.has(it.traceId));
  // Where no answer names a trace, every trace is looked at; else the others are counted, and told where they begin.
  const looked = ofCalls.length > 0 ? ofCalls : all;
  const others = all.filter((it) => !looked.includes(it));
  const { traces: count, ...each } = expected;
  const report = await checkTraces(looked, { expected: each, show: 1 });
  const items = [
    ...gradeCalls(sent, check, traces),
    ...(count ? [gradeCount(count, all, others)] : []),
    ...gradeReport(report, expected.source?.file),
  ];
  const shown = [...report.shown.values()];
  return toGrade(check.name, items, all, shown.length > 0 ? [...shown, ...others.slice(0, 1)] : []);
}

/** How many traces there are, of all that began while the calls were made. */
function gradeCount(count: Count, all: Trace[], others: Trace[]): GradeItem {
  const expectation = `${countInWords(count)} ${count.max === 1 ? "trace" : "traces"}`;
  if (inCount(all.length, count)) return passed(expectation, String(all.length));
  const [other] = others;
  const index = other && indexTrace(other);
  const begin =
    index && index.spans.length > 0 ? `; those that no call began start with ${labelAt(index, 0)}` : "";
  return missed(
    expectation,
    `${all.length}${begin}`,
    { code: "traces.count" },
    {
      spanIds: index?.spans[0] ? [index.spans[0].spanId] : [],
      traceIds: other ? [other.traceId] : all.slice(0, 1).map((it) => it.traceId),
    },
  );
}

function toGrade(name: string, items: GradeItem[], traces: Trace[], shown: Trace[]): CheckGrade {
  const [first] = traces;
  return {
    name,
    ok: items.every((it) => it.ok),
    items,
    traceIds: traces.map((it) => it.traceId),
    drawn: shown.length > 0 ? shown : first ? [first] : [],
  };
}

/** How the calls ended, and whether their traces arrived. */
function gradeCalls({ calls }: Sent, { traffic }: TracesCheck, traces: Map<string, Trace>): GradeItem[] {
  const wrong = calls.filter((it) => it.code !== traffic.code);
  const unnamed = calls.filter((it) => it.traceId === undefined);
  const absent = calls.flatMap(({ traceId }) => (traceId && !traces.has(traceId) ? [traceId] : []));
  const all = `${calls.length} ${calls.length === 1 ? "call ends" : "calls end"} with ${traffic.code}`;
  const [one] = wrong;
  return [
    one === undefined
      ? passed(all, "so they do")
      : missed(
          all,
          `${wrong.length} ended otherwise, the first with ${one.code}${one.message ? `: ${one.message}` : ""}`,
          { code: "call.code" },
          { traceIds: one.traceId ? [one.traceId] : [] },
        ),
    ...(unnamed.length > 0
      ? [
          missed(
            "every answer names its trace (x-trace-id)",
            `${unnamed.length} do not: the edge made no span`,
            {
              code: "call.no-trace",
            },
          ),
        ]
      : []),
    ...(absent.length > 0
      ? [
          missed(
            "every trace is in Tempo",
            `${absent.length} did not arrive`,
            { code: "trace.missing" },
            { traceIds: absent.slice(0, 3) },
          ),
        ]
      : []),
  ];
}

async function runQuestions(
  check: QuestionsCheck,
  expected: Expected | undefined,
  context: RunContext,
): Promise<CheckGrade> {
  const answers = readAnswers(join(context.folder, check.answers));
  if (expected === undefined) {
    return toGrade(check.name, gradeAnswers(undefined, check.questions, answers), [], []);
  }
  const id = (context.traceId ?? String(answers.trace ?? "")).trim().toLowerCase();
  const ask = "the trace that you answer for";
  if (!/^[0-9a-f]{32}$/.test(id)) {
    const seen =
      id === ""
        ? `${check.answers} names no trace yet: make one and write its id behind "trace:"`
        : `"${id}" is no trace id; it has 32 hex digits`;
    const unnamed = missed(ask, seen, { code: "answer.missing", edge: "trace" });
    return toGrade(check.name, [unnamed], [], []);
  }
  context.onStep?.(`${check.name}: waiting for trace ${id}`);
  const now = Date.now();
  const sent = { calls: [{ traceId: id }], from: now, to: now };
  const traces = await gatherTraces(sent, { tempo: context.mesh.urls.tempo, expected, window: false });
  const trace = traces.get(id);
  if (trace === undefined) {
    const seen = `Tempo does not have ${id}`;
    return toGrade(check.name, [missed(ask, seen, { code: "trace.missing" }, { traceIds: [id] })], [], []);
  }
  const report = await checkTraces([trace], { expected, show: 1 });
  const shape = gradeReport(report, expected.source?.file).filter((it) => !it.ok);
  const items = [
    passed(ask, id, [id]),
    ...shape,
    ...gradeAnswers(indexTrace(trace), check.questions, answers),
  ];
  return toGrade(check.name, items, [trace], []);
}
