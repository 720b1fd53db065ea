import type { Count } from "@envoy-mesh-lab/check";
import { checkTraces, count, countInWords, inCount, isChosen, whereSchema } from "@envoy-mesh-lab/check";
import type { Trace, TraceIndex } from "@envoy-mesh-lab/trace";
import { indexTrace } from "@envoy-mesh-lab/trace";
import * as z from "zod";
import { expectation, expectationOf } from "../expectation.ts";
import { gatherTraces } from "../gather.ts";
import type { CheckGrade, GradeItem } from "../grade.ts";
import { gradeReports, missed, passed } from "../grade.ts";
import { send, trafficSchema } from "../traffic.ts";
import { callWitness } from "../witness.ts";
import type { CheckContext } from "./context.ts";
import { toGrade } from "./context.ts";

/** A check of what becomes of more calls than can be served: some are, the others are turned away, and how. */
export const overloadCheck = z.strictObject({
  kind: z.literal("overload"),
  name: z.string(),
  traffic: trafficSchema,
  /** What the traces of calls that end well look like. */
  expect: expectation.default("expected-hops.yaml"),
  refused: z.strictObject({
    /** How a call ends that is turned away. */
    code: z.string(),
    /** How many are, at least or at most. */
    number: count.default({ min: 1 }),
    /** What its trace looks like. */
    expect: expectation,
  }),
  /** How many spans may be open at the same time, in all traces together. */
  atOnce: z.strictObject({ of: z.string(), where: whereSchema, max: z.int().min(1) }),
});
type OverloadCheck = z.infer<typeof overloadCheck>;

/** Makes the calls, and looks at those that were served and at those that were not. */
export async function runOverload(check: OverloadCheck, context: CheckContext): Promise<CheckGrade> {
  const { exercise, place, mesh, onStep } = context;
  const { traffic, refused, atOnce } = check;
  onStep?.(`${check.name}: making ${traffic.number} calls`);
  const witness = await callWitness(mesh);
  const { calls, from, to } = await send(traffic, context);
  onStep?.(`${check.name}: waiting for the traces`);
  const groups = [
    { code: traffic.code, expected: expectationOf(exercise, check.expect, ["checks", place, "expect"]) },
    {
      code: refused.code,
      expected: expectationOf(exercise, refused.expect, ["checks", place, "refused", "expect"]),
    },
  ];
  const gathered = await Promise.all(
    groups.map(async ({ code, expected }) => {
      const theirs = calls.filter((it) => it.code === code);
      if (theirs.length === 0) return { traces: [], items: [] };
      const sent = { calls: theirs, from, to };
      const found = await gatherTraces(sent, { tempo: mesh.urls.tempo, expected, window: false });
      const traces = [...found.values()];
      const reports = await Promise.all(traces.map((it) => checkTraces([it], { expected, show: 1 })));
      return {
        traces,
        items: gradeReports(reports, expected.source?.file),
        absent: theirs.length - traces.length,
      };
    }),
  );
  const traces: Trace[] = gathered.flatMap((it) => it.traces);
  const items = [
    ...gradeEnds(traffic.code, refused, calls),
    ...gathered.flatMap((it) => it.items),
    ...gathered.flatMap(({ absent = 0 }) =>
      absent === 0
        ? []
        : [missed("every trace is in Tempo", `${absent} did not arrive`, { code: "trace.missing" })],
    ),
    gradeAtOnce(
      traces.map((it) => indexTrace(it)),
      atOnce,
    ),
    ...(await witness(traces)),
  ];
  return toGrade(check.name, items, traces, []);
}

/** Grades how many calls were turned away, and that the others ended well. */
export function gradeEnds(
  well: string,
  { code, number }: { code: string; number: Count },
  calls: readonly { code: string; traceId?: string }[],
): GradeItem[] {
  const others = calls.filter((it) => it.code !== well && it.code !== code);
  const away = calls.filter((it) => it.code === code);
  const all = `of ${calls.length} calls, each ends with ${well} or ${code}`;
  const expectation = `${countInWords(number)} ${number.max === 1 ? "is" : "are"} turned away, with ${code}`;
  const few = away.length < (number.min ?? 0);
  const [other] = others;
  return [
    other === undefined
      ? passed(all)
      : missed(
          all,
          `${others.length} end otherwise, the first with ${other.code}`,
          { code: "call.code" },
          idsOf(others),
        ),
    inCount(away.length, number)
      ? passed(expectation, { seen: `${away.length}` })
      : missed(
          expectation,
          `${away.length}`,
          { code: few ? "overload.few" : "overload.many" },
          idsOf(few ? calls : away),
        ),
  ];
}

const idsOf = (calls: readonly { traceId?: string }[]) => ({
  traceIds: calls.flatMap(({ traceId }) => traceId ?? []).slice(0, 3),
});

/** Grades how many of some spans were open at the same time. */
export function gradeAtOnce(
  indexes: readonly TraceIndex[],
  { of, where, max }: OverloadCheck["atOnce"],
): GradeItem {
  const spans = indexes.flatMap((index) => index.spans.filter((_, i) => isChosen(index, i, { where })));
  // A span that ends when another one begins is not open with it.
  const turns = spans
    .flatMap(({ startNs, endNs }) => [
      { at: startNs, by: 1 },
      { at: endNs, by: -1 },
    ])
    .sort((a, b) => Number(a.at - b.at) || a.by - b.by);
  let [open, most] = [0, 0];
  for (const { by } of turns) {
    open += by;
    most = Math.max(most, open);
  }
  const expectation = `at most ${max} ${of} at a time`;
  if (most <= max) return passed(expectation, { seen: `${most}` });
  return missed(expectation, `${most}`, { code: "spans.at-once", edge: of }, idsOf(spans));
}
