import { setTimeout as delay } from "node:timers/promises";
import { expectedHopsFile } from "@envoy-mesh-lab/bootstrap";
import type { Expected } from "@envoy-mesh-lab/check";
import { hopName } from "@envoy-mesh-lab/check";
import { readExpected } from "@envoy-mesh-lab/check/node";
import type { Ledger, Runtime } from "@envoy-mesh-lab/mesh";
import { isWell, labParts, readLedger, requireRuntime, sumMetric } from "@envoy-mesh-lab/mesh";
import type { Trace } from "@envoy-mesh-lab/trace";
import { fetchTrace } from "@envoy-mesh-lab/trace/node";
import * as z from "zod";
import type { CheckGrade, GradeItem } from "../grade.ts";
import { missed, passed } from "../grade.ts";
import { send, trafficSchema } from "../traffic.ts";
import type { CheckContext } from "./context.ts";
import { toGrade } from "./context.ts";

/** A check that kills the Collector under load and accounts for every span, from what its makers counted to Tempo. */
export const outageCheck = z.strictObject({
  kind: z.literal("outage"),
  name: z.string(),
  traffic: trafficSchema,
  /** When the Collector is killed, after the first call, in milliseconds. */
  afterMs: z.int().min(100).max(10_000),
  /** How long it is away, in milliseconds. */
  forMs: z.int().min(0).max(20_000),
});
type OutageCheck = z.infer<typeof outageCheck>;

const collector = labParts.collector.service;
/** How often is asked whether something has come, and after how long without anything the rest is lost, in milliseconds. */
const [pollInterval, quietPeriod] = [300, 5000];
/** How long is waited for spans to come to the Collector before it is killed, and how often it is asked, in milliseconds. */
const [acceptTimeout, acceptInterval] = [10_000, 20];
/** How long the Collector may take to come back, in milliseconds. */
const upTimeout = 20_000;

/** Makes the calls, takes the Collector away meanwhile, and counts what arrived. */
export async function runOutage(check: OutageCheck, context: CheckContext): Promise<CheckGrade> {
  const { mesh, onStep, signal } = context;
  const runtime = requireRuntime(mesh);
  const before = await readLedger(runtime);
  onStep?.(`${check.name}: making ${check.traffic.number} calls, and killing the Collector`);
  const [sent] = await Promise.all([send(check.traffic, context), takeAway(check, runtime)]);
  onStep?.(`${check.name}: waiting for the spans`);
  const ids = sent.calls.flatMap(({ traceId }) => traceId ?? []);
  const traces = await allThatComes(mesh.urls.tempo, ids, signal);
  const after = await readLedger(runtime);
  const failed = sent.calls.filter(({ code }) => code !== check.traffic.code).length;
  const undisturbed = `all ${sent.calls.length} calls end with ${check.traffic.code}: telemetry disturbs nobody`;
  return toGrade(
    check.name,
    [
      failed === 0 ? passed(undisturbed) : missed(undisturbed, `${failed} did not`, { code: "call.code" }),
      ...gradeArrived(ids, traces),
      ...gradeLedger(before, after),
    ],
    [...traces.values()],
    [...traces.values()].filter((it) => spanIds(it).size < labHops().length).slice(0, 1),
  );
}

/** Kills the Collector, keeps it away, and brings it back, whatever happens. */
async function takeAway({ afterMs, forMs }: OutageCheck, runtime: Runtime): Promise<void> {
  await delay(afterMs);
  await somethingAccepted(runtime);
  try {
    // SIGKILL first: nothing that it held in memory is sent.
    await runtime.act("kill", collector);
    await runtime.act("stop", collector);
    await delay(forMs);
  } finally {
    await runtime.act("start", collector);
  }
  for (const deadline = Date.now() + upTimeout; Date.now() < deadline; await delay(pollInterval)) {
    const { parts } = await runtime.status();
    if (parts.some((it) => it.name === collector && isWell(it))) return;
  }
}

/**
 * Waits until the Collector has just accepted spans, so that what it does with them is what is tried: on a busy machine none
 * may have come yet, and between two exports it holds none in memory. Killed all the same after `acceptTimeout`.
 */
async function somethingAccepted(runtime: Runtime): Promise<void> {
  const { service, port } = labParts.collector;
  const accepted = async () => {
    const [text = ""] = await runtime.get(service, port, "/metrics");
    return sumMetric(text, "otelcol_receiver_accepted_spans");
  };
  const before = await accepted();
  for (const deadline = Date.now() + acceptTimeout; Date.now() < deadline; await delay(acceptInterval)) {
    if ((await accepted()) !== before) return;
  }
}

/** The hops of the lab's mesh; read when they are needed, as other commands go without the file. */
function labHops(): Expected["hops"] {
  return readExpected(expectedHopsFile).hops;
}

function spanIds(trace: Trace): Set<string> {
  return new Set(trace.spans.map(({ spanId }) => spanId));
}

async function allThatComes(
  tempo: string,
  ids: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Map<string, Trace>> {
  const hops = labHops();
  const traces = new Map<string, Trace>();
  const isWhole = (id: string) => spanIds(traces.get(id) ?? { traceId: id, spans: [] }).size >= hops.length;
  let known = 0;
  for (let grownAt = Date.now(); !signal?.aborted; await delay(pollInterval)) {
    for (const id of ids.filter((it) => !isWhole(it))) {
      const trace = await fetchTrace(tempo, id);
      if (trace !== undefined) traces.set(id, trace);
    }
    const spans = [...traces.values()].reduce((sum, it) => sum + spanIds(it).size, 0);
    if (spans > known) grownAt = Date.now();
    known = spans;
    if (ids.every(isWhole) || Date.now() - grownAt > quietPeriod) break;
  }
  return traces;
}

/** What of the spans that the calls must have made is in Tempo, by who made them. */
export function gradeArrived(ids: readonly string[], traces: ReadonlyMap<string, Trace>): GradeItem[] {
  const hops = labHops();
  return [...new Set(hops.map(({ service }) => service))].map((service) => {
    const each = hops.filter((it) => it.service === service);
    const wanted = each.length * ids.length;
    const spansOf = (id: string) =>
      new Set(
        (traces.get(id)?.spans ?? [])
          .filter((it) => it.resource["service.name"] === service)
          .map(({ spanId }) => spanId),
      ).size;
    const arrived = ids.reduce((sum, id) => sum + spansOf(id), 0);
    const expectation = `${service}: ${wanted} spans arrive (${each.map(hopName).join(", ")}, of ${ids.length} calls)`;
    if (arrived === wanted) return passed(expectation, { seen: "all of them" });
    const traceIds = ids.filter((id) => spansOf(id) < each.length).slice(0, 3);
    return missed(
      expectation,
      `${wanted - arrived} are lost`,
      { code: "spans.lost", edge: service },
      { traceIds },
    );
  });
}

/** What the makers of spans say themselves: that they gave none up. */
export function gradeLedger(before: Ledger, after: Ledger): GradeItem[] {
  const grew = <T extends object>(from: T | undefined, to: T | undefined): T | undefined =>
    from && to
      ? (Object.fromEntries(
          Object.entries(to).map(([key, value]) => [key, value - Number(from[key as keyof T])]),
        ) as T)
      : undefined;
  const services = Object.keys(after.services).map((name) => {
    const it = grew(before.services[name], after.services[name]);
    // What is queued is as it is now: spans of calls before may have left the queue since.
    const queued = after.services[name]?.queued ?? 0;
    const seen = it
      ? `of its spans ${it.failed} failed, ${it.dropped} were dropped and ${it.tooLarge} were too large; ${queued} are queued`
      : undefined;
    return gradeCounts(name, it ? it.failed + it.dropped + it.tooLarge + queued : undefined, seen);
  });
  const envoys = Object.keys(after.envoys).map((name) => {
    const it = grew(before.envoys[name], after.envoys[name]);
    const seen = it
      ? `spans_sent ${it.sent}, spans_dropped ${it.dropped}, exports given up ${it.exportsFailed}`
      : undefined;
    return gradeCounts(name, it ? it.dropped + it.exportsFailed : undefined, seen);
  });
  return [...services, ...envoys];
}

function gradeCounts(name: string, givenUp: number | undefined, seen = "it does not answer"): GradeItem {
  const expectation = `${name}: its own counters say that it gave up nothing`;
  return givenUp === 0
    ? passed(expectation, { seen })
    : missed(expectation, seen, { code: "spans.given-up", edge: name });
}
