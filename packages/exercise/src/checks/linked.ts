import { setTimeout as delay } from "node:timers/promises";
import type { Expected } from "@envoy-mesh-lab/check";
import { checkTrace, checkTraces, isChosen, whereSchema } from "@envoy-mesh-lab/check";
import type { Mesh } from "@envoy-mesh-lab/mesh";
import type { Span, Trace } from "@envoy-mesh-lab/trace";
import { indexTrace, serviceOf } from "@envoy-mesh-lab/trace";
import { fetchTrace, findTraces } from "@envoy-mesh-lab/trace/node";
import * as z from "zod";
import { expectation, expectationOf } from "../expectation.ts";
import { gatherTraces } from "../gather.ts";
import type { CheckGrade, GradeItem } from "../grade.ts";
import { gradeReports, missed, passed } from "../grade.ts";
import { send, trafficSchema } from "../traffic.ts";
import { callWitness } from "../witness.ts";
import type { CheckContext } from "./context.ts";
import { toGrade } from "./context.ts";
import { endedOtherwise } from "./logs.ts";

/**
 * A check of work that is done after the calls that caused it, for several of them at a time: it has a trace of its own, with a
 * link to a span of each of these calls (OpenTelemetry specification, Overview, "Links between spans").
 */
export const linkedCheck = z.strictObject({
  kind: z.literal("linked"),
  name: z.string(),
  traffic: trafficSchema,
  /**
   * What the trace of each call looks like, without the work that is done later. Spans beyond it are not looked at: they may come
   * at any time, and whether they should be there is asked of what links to the call.
   */
  expect: expectation,
  /** The span of a call that the work has to be linked to; each call has one. */
  to: whereSchema,
  /** What each trace of that work looks like. */
  by: expectation,
});
type LinkedCheck = z.infer<typeof linkedCheck>;

/** How often Tempo is asked, in milliseconds. */
const pollInterval = 200;
/**
 * When nothing new has been linked for so long, nothing more is waited for, in milliseconds; or for twice as long as the calls took
 * until their traces were there, where the machine is so busy that this is longer.
 */
const quietPeriod = 3000;

/** Makes the calls, waits until each is linked to or nothing more comes, and looks at what links to them. */
export async function runLinked(check: LinkedCheck, context: CheckContext): Promise<CheckGrade> {
  const { exercise, place, mesh, onStep } = context;
  const expected = expectationOf(exercise, check.expect, ["checks", place, "expect"]);
  onStep?.(`${check.name}: making ${check.traffic.number} calls`);
  const witness = await callWitness(mesh);
  const sent = await send(check.traffic, context);
  const wrong = sent.calls.filter((it) => it.code !== check.traffic.code);
  onStep?.(`${check.name}: waiting for the traces`);
  const gathered = await gatherTraces(sent, { tempo: mesh.urls.tempo, expected, window: false });
  const calls = sent.calls.flatMap(({ traceId }) => gathered.get(traceId ?? "") ?? []);
  onStep?.(`${check.name}: waiting for what is done later`);
  const workExpected = expectationOf(exercise, check.by, ["checks", place, "by"]);
  const quietMs = Math.max(quietPeriod, 2 * (Date.now() - sent.from));
  const work = await gatherLinking(mesh, calls, check.to, { from: sent.from, quietMs, workExpected });
  const asCalls: Expected = { ...expected, others: "allowed" };
  const reports = await Promise.all(calls.map((it) => checkTraces([it], { expected: asCalls, show: 1 })));
  const workReports = await Promise.all(
    work.map((it) => checkTraces([it], { expected: workExpected, show: 1 })),
  );
  const items = [
    ...(wrong.length > 0 ? [endedOtherwise(check.traffic.code, sent.calls.length, wrong)] : []),
    ...(calls.length < sent.calls.length
      ? [
          missed(
            "every trace is in Tempo",
            `${sent.calls.length - calls.length} did not arrive`,
            { code: "trace.missing" },
            {},
          ),
        ]
      : []),
    ...gradeReports(reports, expected.source?.file),
    ...gradeLinked(check, calls, work, await targetsOf(mesh, check.to, calls, work)),
    ...gradeReports(workReports, workExpected.source?.file),
    ...(await witness(calls)),
  ];
  const shown = [...reports, ...workReports].flatMap((it) => [...it.shown.values()]);
  return toGrade(check.name, items, [...calls, ...work], [...shown.slice(0, 2)]);
}

/** Waits for the traces that have links into those of calls: until they are as expected and each call has one, or nothing more comes. */
async function gatherLinking(
  { urls: { tempo } }: Mesh,
  calls: readonly Trace[],
  to: LinkedCheck["to"],
  { from, quietMs, workExpected }: { from: number; quietMs: number; workExpected: Expected },
): Promise<Trace[]> {
  const found = new Map<string, Trace>();
  for (let spans = 0, grownAt = Date.now(); ; await delay(pollInterval)) {
    const left = calls.filter((it) => linksTo(targetIn(it, to), [...found.values()]).length === 0);
    const partial = [...found.values()].filter((it) => checkTrace(it, workExpected).length > 0);
    const now = [...found.values()].reduce((sum, it) => sum + it.spans.length, 0);
    if (now !== spans) grownAt = Date.now();
    spans = now;
    const isDone = left.length === 0 && partial.length === 0;
    if (isDone || Date.now() - grownAt > quietMs) return [...found.values()];
    for (const { traceId } of partial) {
      const trace = await fetchTrace(tempo, traceId);
      if (trace !== undefined) found.set(trace.traceId, trace);
    }
    for (const { traceId } of left) {
      const query = `{ link:traceID = "${traceId}" }`;
      const matches = await findTraces(tempo, {
        query,
        startMs: from - 60_000,
        endMs: Date.now(),
        limit: 20,
      });
      for (const match of matches) {
        const trace = await fetchTrace(tempo, match.traceId);
        if (trace !== undefined) found.set(trace.traceId, trace);
      }
    }
  }
}

/** The places of all spans that the work may be linked to: in these calls, and in others that its links name. */
async function targetsOf(
  { urls: { tempo } }: Mesh,
  to: LinkedCheck["to"],
  calls: readonly Trace[],
  work: readonly Trace[],
): Promise<Set<string>> {
  const known = new Set(calls.map(({ traceId }) => traceId));
  const others = new Set(work.flatMap(({ spans }) => spans.flatMap((it) => it.links.map((l) => l.traceId))));
  const traces = await Promise.all(
    [...others].filter((it) => !known.has(it)).map((it) => fetchTrace(tempo, it)),
  );
  return new Set([...calls, ...traces].flatMap((it) => (it ? placeOf(targetIn(it, to)) : [])));
}

/** The span of a call that the work has to be linked to. */
function targetIn(trace: Trace, where: LinkedCheck["to"]): Span | undefined {
  const index = indexTrace(trace);
  return index.spans.find((_, i) => isChosen(index, i, { where }));
}

/** What tells a span from all others; nothing of none. */
export function placeOf(span: Pick<Span, "traceId" | "spanId"> | undefined): string[] {
  return span === undefined ? [] : [`${span.traceId}/${span.spanId}`];
}

/** The traces that have a link to a span. */
function linksTo(target: Span | undefined, work: readonly Trace[]): Trace[] {
  return target === undefined
    ? []
    : work.filter(({ spans }) =>
        spans.some(({ links }) =>
          links.some((it) => it.traceId === target.traceId && it.spanId === target.spanId),
        ),
      );
}

/**
 * Grades whether each call is linked to by one trace of the work, and whether no link names anything else.
 *
 * @param targets the places of all spans that the work may be linked to.
 */
export function gradeLinked(
  { name, to }: Pick<LinkedCheck, "name" | "to">,
  calls: readonly Trace[],
  work: readonly Trace[],
  targets: ReadonlySet<string>,
): GradeItem[] {
  const counted = calls.map((trace) => ({ trace, by: linksTo(targetIn(trace, to), work).length }));
  const grade = (expectation: string, bad: typeof counted, seen: string, code: string) =>
    bad.length === 0
      ? passed(expectation)
      : missed(
          expectation,
          `${bad.length} of ${calls.length} ${seen}`,
          { code, edge: name },
          { traceIds: bad.slice(0, 3).map(({ trace }) => trace.traceId) },
        );
  const links = work.flatMap(({ spans }) => spans.flatMap((span) => span.links.map((it) => ({ span, it }))));
  const strange = links.filter(({ it }) => !placeOf(it).some((place) => targets.has(place)));
  const nested = work.filter((it) =>
    it.spans.some((span) => span.links.length > 0 && !beginsAlone(it, span)),
  );
  const right = "each link names a span that it should";
  const alone = "what is done later begins a trace of its own";
  return [
    grade(
      "each call is linked to by what is done for it later",
      counted.filter(({ by }) => by === 0),
      "are linked to by nothing",
      "link.missing",
    ),
    grade(
      "no call is linked to twice",
      counted.filter(({ by }) => by > 1),
      "are linked to by several traces",
      "link.repeated",
    ),
    nested.length === 0
      ? passed(alone)
      : missed(
          alone,
          `${nested.length} of ${work.length} are below a call`,
          { code: "link.nested", edge: name },
          { traceIds: nested.slice(0, 3).map(({ traceId }) => traceId) },
        ),
    strange.length === 0
      ? passed(right)
      : missed(
          right,
          `${strange.length} of ${links.length} name another one, or none`,
          { code: "link.strange", edge: name },
          {
            spanIds: strange.slice(0, 3).map(({ span }) => span.spanId),
            traceIds: strange.slice(0, 1).map(({ span }) => span.traceId),
          },
        ),
  ];
}

/** Whether all that is above a span is of its own service, and no call. */
function beginsAlone({ spans }: Trace, span: Span): boolean {
  for (let it: Span | undefined = span; it !== undefined; ) {
    if (it.kind === "server" || serviceOf(it) !== serviceOf(span)) return false;
    const { parentSpanId }: Span = it;
    if (parentSpanId === undefined) return true;
    it = spans.find(({ spanId }) => spanId === parentSpanId);
  }
  return false;
}
