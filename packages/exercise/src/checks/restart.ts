import { setTimeout as delay } from "node:timers/promises";
import type { LoadCall } from "@envoy-mesh-lab/load";
import type { Runtime } from "@envoy-mesh-lab/mesh";
import { adminPorts, envoyStat, isWell, requireRuntime } from "@envoy-mesh-lab/mesh";
import type { Trace } from "@envoy-mesh-lab/trace";
import { ExitCode, LabError, serviceOf } from "@envoy-mesh-lab/trace";
import { fetchTrace } from "@envoy-mesh-lab/trace/node";
import * as z from "zod";
import type { CheckGrade, GradeItem } from "../grade.ts";
import { missed, passed } from "../grade.ts";
import { inTurns } from "../in-turns.ts";
import type { Sent } from "../traffic.ts";
import { send, trafficSchema } from "../traffic.ts";
import type { CheckContext } from "./context.ts";
import { toGrade } from "./context.ts";

/** A check that restarts parts one after the other while calls are made, as a rolling restart does. */
export const restartCheck = z.strictObject({
  kind: z.literal("restart"),
  name: z.string(),
  /** `rate` calls a second, each second anew for as long as parts are restarted; `number` is not looked at. */
  traffic: trafficSchema,
  /** What is restarted, in this order. */
  parts: z.array(z.string()).min(1),
  /**
   * The proxy that shares the calls out among the parts, and its cluster of them: it has to take all of them for healthy before the
   * next is told to end, as a roll-out on Kubernetes waits for a new pod to be ready. That a part answers is not enough: who calls it
   * has to know.
   */
  seenBy: z.strictObject({
    proxy: z.enum(adminPorts.map(({ service }) => service)),
    cluster: z.string(),
  }),
  /** The service whose SERVER spans are counted: one for each call, as each is to be served once. */
  servedBy: z.string(),
});
type RestartCheck = z.infer<typeof restartCheck>;

/** Calls a second where the check names no rate. */
const defaultRate = 10;
/** How many seconds there are calls before the first part is told to end, and after the last is well. */
const secondsAround = 1;
/** How long a part may take to be well again, and to be taken for healthy; and after how long without a trace that has become whole no more is waited for, in milliseconds. */
const [longestRestart, longestTrace] = [60_000, 30_000];
const pollInterval = 100;
/** So many of the last calls are waited for before all others. */
const lastCalls = 10;

/** Makes calls until all parts were restarted, and looks for calls that failed or were served more than once. */
export async function runRestart(check: RestartCheck, context: CheckContext): Promise<CheckGrade> {
  const { name, traffic, parts, servedBy } = check;
  const { mesh, onStep, signal } = context;
  const runtime = requireRuntime(mesh);
  onStep?.(`${name}: making calls, and restarting ${parts.join(" and ")}`);
  const rate = traffic.rate ?? defaultRate;
  const seconds: Promise<Sent>[] = [];
  let left = Number.POSITIVE_INFINITY;
  const restarted = restartAll(runtime, check, () => seconds.length >= secondsAround, signal).finally(() => {
    left = secondsAround;
  });
  // One that is rejected is said where it is awaited.
  restarted.catch(() => {});
  // However slow the machine: there are calls for as long as something is restarted.
  for (; left > 0 && !signal?.aborted; left--) {
    const second = send({ ...traffic, number: rate, rate }, context);
    second.catch(() => {});
    seconds.push(second);
    await delay(1000);
  }
  const goings = await restarted;
  const made = (await Promise.all(seconds)).flatMap((it) => it.calls);
  const calls = made.filter((it) => !isRefusedAsLate(it));
  if (calls.length * 2 < made.length) {
    throw new LabError(
      `this machine is too busy to judge "${name}": most calls were refused for being late`,
      {
        exitCode: ExitCode.notReady,
        hint: "end what else runs on it, and check again",
      },
    );
  }
  onStep?.(`${name}: waiting for the traces of ${calls.length} calls`);
  const ids = calls.filter(({ code }) => code === traffic.code).flatMap(({ traceId }) => traceId ?? []);
  const found = await gatherServed(mesh.urls.tempo, ids, servedBy);
  return toGrade(
    name,
    [...goings, gradeEnded(calls, traffic.code), ...gradeServed(ids, found, servedBy)],
    found,
    found.filter((it) => servedIn(it, servedBy) !== 1).slice(0, 1),
  );
}

/**
 * Waits for the traces of calls, until each has its root and the span of who served it, or nothing more comes. The last calls' are
 * asked for first: once these are there, so is what a restart has cut off before.
 */
async function gatherServed(tempo: string, ids: readonly string[], servedBy: string): Promise<Trace[]> {
  const isWhole = (it: Trace) =>
    servedIn(it, servedBy) > 0 && it.spans.some((span) => span.parentSpanId === undefined);
  const found = new Map<string, Trace>();
  for (const some of [ids.slice(-lastCalls), ids]) {
    found.clear();
    let left = some;
    for (let grownAt = Date.now(); left.length > 0 && Date.now() - grownAt < longestTrace; ) {
      const traces = await inTurns(left, (id) => fetchTrace(tempo, id));
      for (const it of traces) if (it !== undefined) found.set(it.traceId, it);
      const before = left.length;
      left = left.filter((id) => !traces.some((it) => it?.traceId === id && isWhole(it)));
      if (left.length < before) grownAt = Date.now();
      if (left.length > 0) await delay(pollInterval);
    }
  }
  return [...found.values()];
}

/** What a service says that gets too little of the machine (chassis, admission.ts): no fault of a restart, so such calls are not judged. */
const late = "the server is late with the calls that it has";

function isRefusedAsLate({ code, message }: LoadCall): boolean {
  return code === "unavailable" && (message?.includes(late) ?? false);
}

/** Restarts parts one after the other. @returns why it did not go on to the end; undefined where it did. */
async function restartAll(
  runtime: Runtime,
  { parts, seenBy }: Pick<RestartCheck, "parts" | "seenBy">,
  isTime: () => boolean,
  signal: AbortSignal | undefined,
): Promise<GradeItem[]> {
  const soon = async (isSo: () => Promise<boolean>) => {
    const deadline = Date.now() + longestRestart;
    while (!(await isSo())) {
      if (Date.now() > deadline || signal?.aborted) return false;
      await delay(pollInterval);
    }
    return true;
  };
  const isKnown = async () => areAllHealthy(await membership(runtime, seenBy));
  const unready = async (when: string) => [gradeReady(seenBy, when, await membership(runtime, seenBy))];
  while (!isTime() && !signal?.aborted) await delay(pollInterval);
  if (!(await soon(isKnown))) return unready("before anything was restarted");
  for (const part of parts) {
    if (signal?.aborted) break;
    await runtime.act("restart", part);
    const isBack = async () =>
      (await runtime.status({ fresh: true })).parts.some((it) => it.name === part && isWell(it));
    if (!(await soon(isBack))) {
      return [missed(`${part} comes back`, "it did not", { code: "restart.part", edge: part })];
    }
    if (!(await soon(isKnown))) return unready(`after ${part} was restarted`);
  }
  return [passed(`${parts.join(" and ")} come back, one after the other`)];
}

/** How many parts a proxy shares calls out among, and how many of them it takes for healthy; undefined where it does not say. */
export interface Membership {
  healthy: number | undefined;
  total: number | undefined;
}

/** Asks a proxy how it sees the parts behind it. */
async function membership(runtime: Runtime, { proxy, cluster }: RestartCheck["seenBy"]): Promise<Membership> {
  const port = adminPorts.find(({ service }) => service === proxy)?.port as number;
  const [text = ""] = await runtime.get(proxy, port, "/stats?filter=membership_(healthy|total)$");
  return readMembership(text, cluster);
}

/** Reads it from what the admin interface says under `/stats`. */
export function readMembership(text: string, cluster: string): Membership {
  const read = (gauge: string) => envoyStat(text, `cluster.${cluster}.${gauge}`);
  return { healthy: read("membership_healthy"), total: read("membership_total") };
}

function areAllHealthy({ healthy, total }: Membership): boolean {
  return total !== undefined && total > 0 && healthy === total;
}

/** What is wrong with a proxy that does not come to take all parts for healthy. */
export function gradeReady(
  { proxy, cluster }: RestartCheck["seenBy"],
  when: string,
  { healthy, total }: Membership,
): GradeItem {
  const seen =
    total === undefined
      ? `it has no cluster of that name, or does not answer`
      : `${healthy} of ${total}, for ${longestRestart / 1000} s ${when}; so no other was restarted`;
  return missed(
    `${proxy} takes all of its cluster ${cluster} for healthy before the next one is restarted`,
    seen,
    { code: "restart.unready", edge: proxy },
  );
}

/** No call may end otherwise because a part is restarted. */
export function gradeEnded(calls: readonly LoadCall[], code: string): GradeItem {
  const expectation = `every call ends with ${code}`;
  const others = calls.filter((it) => it.code !== code);
  if (others.length === 0) return passed(expectation, { seen: `all ${calls.length}` });
  const words = ({ code: its, message }: LoadCall) => (message ? `${its} (${message})` : its);
  const codes = [...Map.groupBy(others, words)].map(([its, all]) => `${all.length} with ${its}`);
  const traceIds = others.flatMap(({ traceId }) => traceId ?? []).slice(0, 3);
  const seen = `${others.length} of ${calls.length} did not: ${codes.join(", ")}`;
  return missed(expectation, seen, { code: "call.code" }, { traceIds });
}

/** What a call was tried again for must not have been done before. */
export function gradeServed(ids: readonly string[], traces: readonly Trace[], service: string): GradeItem[] {
  const expectation = `${service} serves each of them once`;
  const counts = new Map(traces.map((it) => [it.traceId, servedIn(it, service)]));
  const twice = ids.filter((id) => (counts.get(id) ?? 0) > 1);
  const none = ids.filter((id) => (counts.get(id) ?? 0) === 0);
  const missing = () =>
    missed(
      `each trace has the SERVER span of ${service}`,
      `${none.length} of ${ids.length} have none after ${longestTrace / 1000} s`,
      { code: "trace.missing", edge: service },
      { traceIds: none.slice(0, 3) },
    );
  return [
    twice.length === 0
      ? passed(expectation)
      : missed(
          expectation,
          `${twice.length} of ${ids.length} were served more than once`,
          { code: "call.served", edge: service },
          { traceIds: twice.slice(0, 3) },
        ),
    ...(none.length > 0 ? [missing()] : []),
  ];
}

/** How many calls a service has served in a trace. */
function servedIn({ spans }: Trace, service: string): number {
  const served = spans.filter((it) => serviceOf(it) === service && it.kind === "server");
  return new Set(served.map(({ spanId }) => spanId)).size;
}
