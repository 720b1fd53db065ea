import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Expected } from "@envoy-mesh-lab/check";
import { checkTrace, checkTraces } from "@envoy-mesh-lab/check";
import type { Span, Trace } from "@envoy-mesh-lab/trace";
import { fetchTrace } from "@envoy-mesh-lab/trace/node";
import * as z from "zod";
import { expectation, expectationOf } from "../expectation.ts";
import type { CheckGrade, GradeItem } from "../grade.ts";
import { gradeReports, missed, passed } from "../grade.ts";
import { inTurns } from "../in-turns.ts";
import { orDrawn } from "../random-values.ts";
import { callWitness } from "../witness.ts";
import type { CheckContext } from "./context.ts";
import { toGrade } from "./context.ts";
import type { CrossOrigin } from "./cors.ts";
import { preflightHeaders, refusalOf, unreadable } from "./cors.ts";

/** A check of calls that a page of another origin makes. The grader is its browser: it asks and refuses as the Fetch standard says. */
export const browserCheck = z.strictObject({
  kind: z.literal("browser"),
  name: z.string(),
  /** The page's origin. */
  origin: z.string(),
  drink: z.string().default("espresso"),
  /** Calls of which the page has a span, whose `traceparent` says that it is sampled. */
  number: orDrawn(z.int().min(1).max(100)),
  /** Calls before these that the page has not sampled, and says so: of them there is no trace. */
  unsampled: orDrawn(z.int().min(0).max(100)).default(0),
  /** What a trace looks like, from the page's span on. */
  expect: expectation.default("expected-hops-browser.yaml"),
  /** What a browser has to refuse after its preflight: of another origin, or with further headers. */
  refused: z
    .array(
      z.strictObject({
        of: z.string(),
        origin: z.string().optional(),
        headers: z.array(z.string().toLowerCase()).default([]),
      }),
    )
    .default([]),
});
type BrowserCheck = z.infer<typeof browserCheck>;

/** What the page sends with a call: Connect with JSON, in a trace. */
const ownHeaders = ["connect-protocol-version", "content-type", "traceparent"];
const path = "/cafe.v1.CafeService/OrderDrink";
/** How long a request may take; how often Tempo is asked; and how long nothing may come before the rest is given up; in milliseconds. */
const [answerMs, pollInterval, quietPeriod] = [15_000, 150, 4000];

/** Asks what a browser asks, makes the calls that it would let the page make, and looks at their traces. */
export async function runBrowser(check: BrowserCheck, context: CheckContext): Promise<CheckGrade> {
  const { exercise, place, mesh, onStep } = context;
  const url = new URL(path, mesh.urls.edge);
  const expected = expectationOf(exercise, check.expect, ["checks", place, "expect"]);
  onStep?.(`${check.name}: asking before the first call`);
  const preflight = async (what: CrossOrigin) =>
    refusalOf(await request(url, "OPTIONS", preflightHeaders(what)), what);
  const strangers = await Promise.all(
    check.refused.map(async ({ of, origin = check.origin, headers }) =>
      gradeStranger(of, await preflight({ origin, headers: [...ownHeaders, ...headers] })),
    ),
  );
  const refusal = await preflight({ origin: check.origin, headers: ownHeaders });
  const sends = `the browser sends the page's calls with ${ownHeaders.join(", ")}`;
  if (refusal !== undefined) {
    const fault = { code: "cors.refused", edge: "page > edge" };
    return toGrade(check.name, [missed(sends, refusal, fault), ...strangers], [], []);
  }
  onStep?.(`${check.name}: making ${check.unsampled + check.number} calls`);
  const witness = await callWitness(mesh);
  const order = (isSampled: boolean) => callOf(url, check, isSampled);
  const silent = [];
  for (let i = 0; i < check.unsampled; i++) silent.push(await order(false));
  const calls = [];
  for (let i = 0; i < check.number; i++) calls.push(await order(true));
  onStep?.(`${check.name}: waiting for the traces`);
  const traces = await joinTraces(
    calls.map(({ span }) => span),
    expected,
    mesh.urls.tempo,
  );
  const reports = await Promise.all(traces.map((it) => checkTraces([it], { expected, show: 1 })));
  const kept = (
    await inTurns(
      silent.map(({ span }) => span.traceId),
      (id) => fetchTrace(mesh.urls.tempo, id),
    )
  ).filter((it) => it !== undefined);
  const items = [
    passed(sends),
    ...strangers,
    ...gradeEnds([...silent, ...calls]),
    ...(check.unsampled === 0 ? [] : [gradeSilent(check.unsampled, kept)]),
    ...gradeReports(reports, expected.source?.file),
    ...(await witness(traces)),
  ];
  const shown = reports.flatMap((it) => [...it.shown.values()]).slice(0, 1);
  return toGrade(check.name, items, traces, shown);
}

/** One call of the page, its span, and why it is not as it should be. */
interface PageCall {
  span: Span;
  wrong: string | undefined;
}

async function callOf(url: URL, { origin, drink }: BrowserCheck, isSampled: boolean): Promise<PageCall> {
  const [traceId, spanId] = [randomBytes(16).toString("hex"), randomBytes(8).toString("hex")];
  const headers = {
    origin,
    "connect-protocol-version": "1",
    "content-type": "application/json",
    traceparent: `00-${traceId}-${spanId}-0${isSampled ? 1 : 0}`,
  };
  const startNs = BigInt(Date.now()) * 1_000_000n;
  const answer = await request(url, "POST", headers, JSON.stringify({ name: drink }));
  const wrong =
    answer.status === 200 && answer.text.includes(drink)
      ? unreadable(answer, origin)
      : `${answer.status}: ${answer.text}`;
  const span: Span = {
    traceId,
    spanId,
    name: path.slice(1),
    kind: "client",
    startNs,
    // The clock counts whole milliseconds; the answer came in the one that is counted.
    endNs: BigInt(Date.now() + 1) * 1_000_000n,
    status: { code: "unset" },
    attributes: { "url.path": path },
    resource: { "service.name": "page" },
    scope: { name: "page" },
    events: [],
    links: [],
  };
  return { span, wrong };
}

async function request(url: URL, method: string, headers: Record<string, string>, body?: string) {
  const signal = AbortSignal.timeout(answerMs);
  const sent = await fetch(url, { method, headers, signal, ...(body === undefined ? {} : { body }) });
  return { status: sent.status, headers: sent.headers, text: await sent.text() };
}

/**
 * The traces of calls, with the page's span on top of each. That span stays with the grader, as its browser's exporter is no matter of the
 * mesh; of a call that left nothing it is all there is.
 */
async function joinTraces(own: readonly Span[], expected: Expected, tempo: string): Promise<Trace[]> {
  const traces = new Map(
    own.map((span) => [span.traceId, { traceId: span.traceId, spans: [span] } as Trace]),
  );
  const isWhole = (id: string) => checkTrace(traces.get(id) as Trace, expected).length === 0;
  for (let grownAt = Date.now(); ; await delay(pollInterval)) {
    const open = own.filter(({ traceId }) => !isWhole(traceId));
    if (open.length === 0 || Date.now() - grownAt > quietPeriod) return [...traces.values()];
    const found = await inTurns(
      open.map(({ traceId }) => traceId),
      (id) => fetchTrace(tempo, id),
    );
    for (const [i, trace] of found.entries()) {
      const span = open[i] as Span;
      if (trace === undefined || trace.spans.length < (traces.get(span.traceId)?.spans.length ?? 0)) continue;
      grownAt = Date.now();
      traces.set(span.traceId, { ...trace, spans: [span, ...trace.spans] });
    }
  }
}

function gradeStranger(of: string, refusal: string | undefined): GradeItem {
  const expectation = `the browser refuses ${of}`;
  return refusal === undefined
    ? missed(expectation, "after the preflight it would send it", { code: "cors.open", edge: of })
    : passed(expectation, { seen: refusal });
}

function gradeEnds(calls: readonly PageCall[]): GradeItem[] {
  const expectation = `the page can read the answers to ${calls.length} calls, and each names what was ordered`;
  const wrong = calls.filter((it) => it.wrong !== undefined);
  const [one] = wrong;
  if (one === undefined) return [passed(expectation)];
  const seen = `${wrong.length} not, the first: ${one.wrong}`;
  return [missed(expectation, seen, { code: "call.code" }, { traceIds: [one.span.traceId] })];
}

function gradeSilent(number: number, kept: readonly Trace[]): GradeItem {
  const expectation = `${number} calls that the page has not sampled leave no trace`;
  const traceIds = kept.map(({ traceId }) => traceId).slice(0, 3);
  return kept.length === 0
    ? passed(expectation)
    : missed(
        expectation,
        `${kept.length} left one`,
        { code: "traces.count", edge: "not sampled" },
        { traceIds },
      );
}
