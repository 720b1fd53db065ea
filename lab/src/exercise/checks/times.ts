import * as z from "zod";
import { checkTraces } from "../../check/check-traces.ts";
import { duration } from "../../compare/format.ts";
import { expectation, expectationOf } from "../expectation.ts";
import { gatherTraces } from "../gather.ts";
import { type CheckGrade, type GradeItem, gradeReports, missed, passed } from "../grade.ts";
import { send, trafficSchema } from "../traffic.ts";
import { type CheckContext, toGrade } from "./context.ts";
import { type PartTime, partTimes } from "./part-times.ts";
import { gradeCalls } from "./traces.ts";

/** A check that makes calls, and looks at where their time went, as `lab compare` tells it. */
export const timesCheck = z.strictObject({
  kind: z.literal("times"),
  name: z.string(),
  traffic: trafficSchema,
  /** What the traces have to look like at all. */
  expect: expectation,
  /** The part that all others are measured against, as `lab compare --json` names it: `app backend`. */
  yardstick: z.string(),
  /** How many times the yardstick's time another part may take, in the median of the traces. */
  most: z.number().positive(),
});
type TimesCheck = z.infer<typeof timesCheck>;

/** Makes the calls of a check, waits for their traces and divides their time. */
export async function runTimes(check: TimesCheck, context: CheckContext): Promise<CheckGrade> {
  const { exercise, place, mesh, onStep, signal } = context;
  const expected = expectationOf(exercise, check.expect, ["checks", place, "expect"]);
  onStep?.(`${check.name}: making ${check.traffic.number} calls`);
  const sent = await send(check.traffic, mesh, signal);
  onStep?.(`${check.name}: waiting for the traces`);
  const traces = await gatherTraces(sent, { tempo: mesh.urls.tempo, expected, window: false });
  const all = [...traces.values()];
  const reports = await Promise.all(all.map((it) => checkTraces([it], { expected, show: 1 })));
  const items = [
    ...gradeCalls(sent, check, traces),
    ...gradeReports(reports, expected.source?.file).filter((it) => !it.ok),
    ...gradeTimes(partTimes(all), check),
  ];
  return toGrade(check.name, items, all, []);
}

/** Whether no part takes more than its share. */
export function gradeTimes(
  parts: readonly PartTime[],
  { yardstick, most }: Pick<TimesCheck, "yardstick" | "most">,
): GradeItem[] {
  const measure = parts.find((it) => it.key === yardstick);
  if (measure === undefined) {
    const fault = { code: "time.no-yardstick", edge: yardstick };
    return [missed(`${yardstick} takes some time`, "it is in none of the traces", fault)];
  }
  const limit = most * measure.ns;
  const atMost = `at most ${duration(limit)}, which is ${most} × ${yardstick}`;
  const tooLong = parts.filter((it) => it !== measure && it.ns > limit);
  return [
    ...tooLong.map(({ key, ns, slowest }) =>
      missed(
        `${key} takes ${atMost}`,
        `${duration(ns)} in the median`,
        { code: "time.too-long", edge: key },
        { traceIds: [slowest] },
      ),
    ),
    ...(tooLong.length === 0 ? [passed(`every other part takes ${atMost}`, "so they do")] : []),
  ];
}
