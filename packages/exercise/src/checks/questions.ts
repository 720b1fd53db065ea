import { join } from "node:path";
import { checkTraces } from "@envoy-mesh-lab/check";
import { indexTrace } from "@envoy-mesh-lab/trace";
import * as z from "zod";
import { expectation, expectationOf } from "../expectation.ts";
import { gatherTraces } from "../gather.ts";
import type { CheckGrade } from "../grade.ts";
import { gradeReports, missed, passed } from "../grade.ts";
import { trafficSchema } from "../traffic.ts";
import { gradeAnswers, readAnswers } from "./answers.ts";
import type { CheckContext } from "./context.ts";
import { toGrade } from "./context.ts";
import { question } from "./question.ts";

/** A check that asks questions and grades the answers. */
export const questionsCheck = z.strictObject({
  kind: z.literal("questions"),
  name: z.string(),
  /** The learner's file: one key for each question, and `trace:` where they are about the learner's own trace. */
  answers: z.string(),
  /** Where the questions are about a trace. */
  trace: z
    .strictObject({
      /** Makes the trace when the exercise is verified; learners make their own with `lab call`. */
      traffic: trafficSchema,
      /** What the learner's trace has to look like at all. */
      expect: expectation,
    })
    .optional(),
  questions: z.array(question).min(1),
});
export type QuestionsCheck = z.infer<typeof questionsCheck>;

/** Grades the learner's answers, about a trace of the learner's own or without one. */
export async function runQuestions(check: QuestionsCheck, context: CheckContext): Promise<CheckGrade> {
  const { exercise, place, mesh } = context;
  const answers = readAnswers(join(context.folder, check.answers));
  if (check.trace === undefined) {
    return toGrade(check.name, gradeAnswers(undefined, check.questions, answers), [], []);
  }
  const expected = expectationOf(exercise, check.trace.expect, ["checks", place, "trace", "expect"]);
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
  const traces = await gatherTraces(sent, { tempo: mesh.urls.tempo, expected, window: false });
  const trace = traces.get(id);
  if (trace === undefined) {
    const seen = `Tempo does not have ${id}`;
    return toGrade(check.name, [missed(ask, seen, { code: "trace.missing" }, { traceIds: [id] })], [], []);
  }
  const report = await checkTraces([trace], { expected, show: 1 });
  const shape = gradeReports([report], expected.source?.file).filter((it) => !it.ok);
  const items = [
    passed(ask, { seen: id, traceIds: [id] }),
    ...shape,
    ...gradeAnswers(indexTrace(trace), check.questions, answers),
  ];
  return toGrade(check.name, items, [trace], []);
}
