import { setTimeout as delay } from "node:timers/promises";
import type { Count } from "@envoy-mesh-lab/check";
import { checkTraces, count, countInWords, inCount } from "@envoy-mesh-lab/check";
import type { LoadCall } from "@envoy-mesh-lab/load";
import type { Trace } from "@envoy-mesh-lab/trace";
import { LabError } from "@envoy-mesh-lab/trace";
import { fetchTrace } from "@envoy-mesh-lab/trace/node";
import * as z from "zod";
import { expectation, expectationOf } from "../expectation.ts";
import type { CheckGrade, GradeItem } from "../grade.ts";
import { gradeReports, missed, passed } from "../grade.ts";
import { inTurns } from "../in-turns.ts";
import { send, trafficSchema } from "../traffic.ts";
import type { CheckContext } from "./context.ts";
import { toGrade } from "./context.ts";

/** A check of which traces are kept, where somebody on the way decides after the calls are over (tail sampling). */
export const keptCheck = z.strictObject({
  kind: z.literal("kept"),
  name: z.string(),
  /** How long after the last call a trace may arrive, in milliseconds: what is not there by then was not kept. */
  withinMs: z.int().min(0).max(30_000),
  groups: z
    .array(
      z.strictObject({
        /** In words: "orders that fail". */
        of: z.string(),
        traffic: trafficSchema,
        /**
         * Calls that took as long or longer for their caller are not of the group, in milliseconds, and others are made in their
         * place: a busy machine made them slow, and who keeps what is slow is right to keep them. Default: all are of it.
         */
        fasterThanMs: z.int().min(1).default(Number.MAX_SAFE_INTEGER),
        /** Of how many calls the trace is kept. */
        kept: count,
        /** What each kept trace has to look like. */
        expect: expectation.optional(),
      }),
    )
    .min(1),
});
type KeptCheck = z.infer<typeof keptCheck>;

/** How often Tempo is asked, in milliseconds. */
const pollInterval = 300;

/** Makes all calls, waits for as long as a decision may take, and counts the traces that are there. */
export async function runKept(check: KeptCheck, context: CheckContext): Promise<CheckGrade> {
  const { exercise, place, mesh, onStep, signal } = context;
  const groups: { ids: string[]; items: GradeItem[]; found: Map<string, Trace> }[] = [];
  for (const { of, traffic, fasterThanMs } of check.groups) {
    onStep?.(`${check.name}: making ${traffic.number} calls: ${of}`);
    const calls = await sendEnough(
      traffic.number,
      fasterThanMs,
      async (number) => (await send({ ...traffic, number }, context)).calls,
      signal,
    );
    const wrong = calls.filter((it) => it.code !== traffic.code);
    const ends = `${of} end with ${traffic.code}`;
    const seen = `${wrong.length} of ${calls.length} ended otherwise, the first with ${wrong[0]?.code}`;
    groups.push({
      ids: calls.flatMap(({ traceId }) => traceId ?? []),
      items: wrong.length === 0 ? [] : [missed(ends, seen, { code: "call.code", edge: of })],
      found: new Map(),
    });
  }
  onStep?.(`${check.name}: waiting until all is decided`);
  for (const deadline = Date.now() + check.withinMs; Date.now() < deadline && !signal?.aborted; ) {
    for (const { ids, found } of groups) {
      const traces = await inTurns(ids, (id) => fetchTrace(mesh.urls.tempo, id));
      for (const trace of traces) if (trace !== undefined) found.set(trace.traceId, trace);
    }
    await delay(pollInterval);
  }
  const drawn: Trace[] = [];
  for (const [i, { items, ids, found }] of groups.entries()) {
    const { of, kept, expect } = check.groups[i] as KeptCheck["groups"][number];
    items.push(gradeKept(of, kept, ids, [...found.keys()]));
    if (expect === undefined) continue;
    const expected = expectationOf(exercise, expect, ["checks", place, "groups", i, "expect"]);
    const reports = await Promise.all(
      [...found.values()].map((it) => checkTraces([it], { expected, show: 1 })),
    );
    items.push(...gradeReports(reports, expected.source?.file));
    drawn.push(...reports.flatMap((it) => [...it.shown.values()]).slice(0, 1));
  }
  const traces = groups.flatMap(({ found }) => [...found.values()]);
  return toGrade(
    check.name,
    groups.flatMap(({ items }) => items),
    traces,
    drawn.slice(0, 1),
  );
}

/** How often calls are made anew in the place of those that were too slow. */
const mostRounds = 6;

/**
 * Makes calls until so many were fast enough, and returns these.
 *
 * @throws {LabError} where the machine is too busy for it.
 */
export async function sendEnough<C extends Pick<LoadCall, "durationMs">>(
  number: number,
  fasterThanMs: number,
  make: (number: number) => Promise<readonly C[]>,
  signal?: AbortSignal,
): Promise<C[]> {
  const fast: C[] = [];
  for (let round = 1; round <= mostRounds && fast.length < number && !signal?.aborted; round++) {
    fast.push(...(await make(number - fast.length)).filter(({ durationMs }) => durationMs < fasterThanMs));
  }
  if (fast.length < number && !signal?.aborted) {
    throw new LabError(`only ${fast.length} of ${number} calls took less than ${fasterThanMs} ms`, {
      hint: "This machine has too much to do for this check: end what else runs on it, and check again.",
    });
  }
  return fast;
}

/** Grades how many of the calls of a group have a trace. */
export function gradeKept(
  of: string,
  kept: Count,
  ids: readonly string[],
  found: readonly string[],
): GradeItem {
  const expectation = `of ${ids.length} ${of}, ${countInWords(kept)} are kept`;
  const seen = `${found.length} are in Tempo`;
  if (inCount(found.length, kept)) return passed(expectation, { seen, traceIds: found.slice(0, 3) });
  const isFew = found.length < (kept.min ?? 0);
  const shown = isFew ? ids.filter((id) => !found.includes(id)) : found;
  return missed(
    expectation,
    seen,
    { code: isFew ? "kept.few" : "kept.many", edge: of },
    {
      traceIds: shown.slice(0, 3),
    },
  );
}
