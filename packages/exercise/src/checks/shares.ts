import { isChosen, whereSchema } from "@envoy-mesh-lab/check";
import type { TraceIndex } from "@envoy-mesh-lab/trace";
import { indexTrace } from "@envoy-mesh-lab/trace";
import * as z from "zod";
import { expectation, expectationOf } from "../expectation.ts";
import { gatherTraces } from "../gather.ts";
import type { CheckGrade, GradeItem } from "../grade.ts";
import { missed, passed } from "../grade.ts";
import { send, trafficSchema } from "../traffic.ts";
import { ownTimeMs } from "./answers.ts";
import type { CheckContext } from "./context.ts";
import { toGrade } from "./context.ts";

/** A check of where the time of calls goes: in shares of each trace, because absolute times are the machine's. */
export const sharesCheck = z.strictObject({
  kind: z.literal("shares"),
  name: z.string(),
  traffic: trafficSchema,
  /** What a trace that has all its spans looks like. */
  expect: expectation.default("expected-hops.yaml"),
  /**
   * Which of the calls counts, for each share: the one in the middle, or the one that took the least time of all. A delay that is
   * always there is in the quickest one too, and what only a busy machine adds is not. Or the largest share but for a quarter of
   * them, so that a delay of most calls is found as well.
   */
  in: z.enum(["middle", "quickest", "most"]).default("middle"),
  shares: z
    .array(
      z.strictObject({
        /** In words: "the gateway's sidecar". */
        of: z.string(),
        /** The spans whose own time counts: without what their children took. */
        where: whereSchema,
        /** Of the whole trace's time, in the call that counts. From 0 to 1. */
        min: z.number().min(0).max(1).optional(),
        max: z.number().min(0).max(1).optional(),
      }),
    )
    .min(1),
});
type SharesCheck = z.infer<typeof sharesCheck>;
type Share = SharesCheck["shares"][number];

/** Makes the calls of a check and says which share of their time some spans had to themselves. */
export async function runShares(check: SharesCheck, context: CheckContext): Promise<CheckGrade> {
  const { exercise, place, mesh, onStep } = context;
  const expected = expectationOf(exercise, check.expect, ["checks", place, "expect"]);
  onStep?.(`${check.name}: making ${check.traffic.number} calls`);
  const sent = await send(check.traffic, context);
  const gathered = await gatherTraces(sent, { tempo: mesh.urls.tempo, expected, window: false });
  const traces = [...gathered.values()];
  const indexes = traces.map((it) => indexTrace(it));
  const arrived = `the traces of ${sent.calls.length} calls`;
  const items =
    traces.length < sent.calls.length
      ? [missed(arrived, `${traces.length} are in Tempo`, { code: "trace.missing" })]
      : check.shares.map((it) => gradeShare(indexes, it, check.in));
  return toGrade(check.name, items, traces, []);
}

/** Grades one share over several traces. */
export function gradeShare(
  indexes: readonly TraceIndex[],
  share: Share,
  which: SharesCheck["in"] = "middle",
): GradeItem {
  const shares = indexes.map((it) => ({ share: shareOf(it, share), whole: wholeMs(it) }));
  shares.sort(which === "quickest" ? (a, b) => a.whole - b.whole : (a, b) => a.share - b.share);
  const last = shares.length - 1;
  const at = { quickest: 0, middle: Math.ceil(last / 2), most: last - Math.floor(shares.length / 4) }[which];
  const counted = shares[at]?.share ?? 0;
  const { of, min = 0, max = 1 } = share;
  const wanted = [
    ...(share.min === undefined ? [] : [`at least ${percent(min)}`]),
    ...(share.max === undefined ? [] : [`at most ${percent(max)}`]),
  ].join(" and ");
  const inWords = { quickest: "quickest", middle: "middle one", most: "slow ones, but for a quarter," }[
    which
  ];
  const seen = `${percent(counted)}, in the ${inWords} of ${shares.length}`;
  const expectation = `${of}: ${wanted} of the time`;
  const traceIds = indexes.map((it) => it.traceId);
  return counted >= min && counted <= max
    ? passed(expectation, { seen, traceIds })
    : missed(expectation, seen, { code: "time.share", edge: of }, { traceIds: traceIds.slice(0, 1) });
}

/** Which part of a trace's time spans had to themselves. */
export function shareOf(index: TraceIndex, { where }: Pick<Share, "where">): number {
  const whole = wholeMs(index);
  const own = index.spans.reduce(
    (sum, _, i) => (isChosen(index, i, { where }) ? sum + ownTimeMs(index, i) : sum),
    0,
  );
  return whole > 0 ? own / whole : 0;
}

const wholeMs = (index: TraceIndex) => Math.max(...index.end) / 1e6;

const percent = (share: number) => `${Math.round(share * 100)} %`;
