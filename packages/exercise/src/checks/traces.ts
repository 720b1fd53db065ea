import type { Count, Expected } from "@envoy-mesh-lab/check";
import { checkTraces, countInWords, inCount } from "@envoy-mesh-lab/check";
import type { Trace } from "@envoy-mesh-lab/trace";
import { indexTrace, labelAt } from "@envoy-mesh-lab/trace";
import * as z from "zod";
import { expectation, expectationOf } from "../expectation.ts";
import { gatherTraces } from "../gather.ts";
import type { CheckGrade, GradeItem } from "../grade.ts";
import { gradeReports, missed, passed } from "../grade.ts";
import type { Sent } from "../traffic.ts";
import { send, trafficSchema } from "../traffic.ts";
import type { Witness } from "../witness.ts";
import { callWitness } from "../witness.ts";
import { answersOf, gradeAnswers, gradeStreams } from "./answer-values.ts";
import type { CheckContext } from "./context.ts";
import { toGrade } from "./context.ts";

/** A check that makes calls and looks at their traces. */
export const tracesCheck = z.strictObject({
  kind: z.literal("traces"),
  name: z.string(),
  traffic: trafficSchema,
  expect: expectation,
  /** Values that each answer has to hold, in whatever fields. */
  answers: z.array(z.union([z.string(), z.number()])).default([]),
  /** calls: the traces that the answers name. window: all that began during the traffic, whoever began them. */
  traces: z.enum(["calls", "window"]).default("calls"),
  /** Whether calls may leave no trace, because they are not sampled; then `traces` in `expect` counts those that do. */
  sampled: z.boolean().default(false),
  /** Whether the rules over several traces look at all of them together, for `sampling.mixed` for example. */
  together: z.boolean().default(false),
});
type TracesCheck = z.infer<typeof tracesCheck>;

/**
 * Makes the calls of a check, and returns what waits for their traces and compares them with what is expected: other calls can
 * be made meanwhile.
 *
 * @throws {UnlikeContract} when the learner's contracts do not have them.
 */
export async function beginTraces(
  check: TracesCheck,
  context: CheckContext,
): Promise<() => Promise<CheckGrade>> {
  const { exercise, place, mesh, onStep } = context;
  const expected = expectationOf(exercise, check.expect, ["checks", place, "expect"]);
  onStep?.(`${check.name}: making ${check.traffic.number} ${check.traffic.number === 1 ? "call" : "calls"}`);
  const witness = await callWitness(mesh);
  const sent = await send(check.traffic, context);
  return () => gradeTraces(check, context, { sent, expected, witness });
}

async function gradeTraces(
  check: TracesCheck,
  { mesh, onStep }: CheckContext,
  { sent, expected, witness }: { sent: Sent; expected: Expected; witness: Witness },
): Promise<CheckGrade> {
  onStep?.(`${check.name}: waiting for the traces`);
  const traces = await gatherTraces(sent, {
    tempo: mesh.urls.tempo,
    expected,
    window: check.traces === "window",
    sampled: check.sampled,
  });
  const all = [...traces.values()];
  const named = new Set(sent.calls.map((it) => it.traceId));
  const ofCalls = all.filter((it) => named.has(it.traceId));
  // Where no answer names a trace, every trace is looked at; else the others are counted, and the item says where they begin.
  const looked = ofCalls.length > 0 ? ofCalls : all;
  const others = all.filter((it) => !looked.includes(it));
  const { traces: count, ...each } = expected;
  // Traces of calls that follow each other closely may look like parts of one to the rules over several traces.
  const inputs = check.together ? [looked] : looked.map((it) => [it]);
  const reports = await Promise.all(inputs.map((it) => checkTraces(it, { expected: each, show: 1 })));
  const items = [
    ...gradeCalls(sent, check, traces),
    ...gradeAnswers(check.name, [...answersOf(check.traffic), ...check.answers], sent.calls),
    ...gradeStreams(check.name, check.traffic, sent.calls),
    // An expectation of no trace at all would hold without being looked at.
    ...(count || all.length === 0 ? [gradeCount(count ?? { min: 1 }, all, others)] : []),
    ...gradeReports(reports, expected.source?.file),
    ...(await witness(all)),
  ];
  const shown = reports.flatMap((it) => [...it.shown.values()]).slice(0, 1);
  return toGrade(check.name, items, all, shown.length > 0 ? [...shown, ...others.slice(0, 1)] : []);
}

/** How many traces there are, of all that began while the calls were made. */
function gradeCount(count: Count, all: Trace[], others: Trace[]): GradeItem {
  const expectation = `${countInWords(count)} ${count.max === 1 ? "trace" : "traces"}`;
  if (inCount(all.length, count)) return passed(expectation);
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

/** How the calls ended, and whether their traces arrived. */
function gradeCalls(
  { calls }: Sent,
  { traffic, sampled }: TracesCheck,
  traces: Map<string, Trace>,
): GradeItem[] {
  const wrong = calls.filter((it) => it.code !== traffic.code);
  // A caller that gave up had no answer that could name the trace.
  const unnamed = calls.filter(
    (it) => it.traceId === undefined && !/^(deadline_exceeded|canceled)$/.test(it.code),
  );
  const absent = calls.flatMap(({ traceId }) => (traceId && !traces.has(traceId) ? [traceId] : []));
  const all = `${calls.length} ${calls.length === 1 ? "call ends" : "calls end"} with ${traffic.code}`;
  const [one] = wrong;
  return [
    one === undefined
      ? passed(all)
      : missed(
          all,
          `${wrong.length} ended otherwise, the first with ${one.code}${one.message ? `: ${one.message}` : ""}`,
          { code: "call.code" },
          { traceIds: one.traceId ? [one.traceId] : [] },
        ),
    ...(unnamed.length > 0 && !sampled
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
    ...(absent.length > 0 && !sampled
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
