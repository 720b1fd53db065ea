import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { expectedHopsFile } from "@envoy-mesh-lab/bootstrap";
import { readExpected } from "@envoy-mesh-lab/check/node";
import type { Ledger, PartStatus } from "@envoy-mesh-lab/mesh";
import { balance, isWell, meshStatus, readLedger, requireRuntime } from "@envoy-mesh-lab/mesh";
import { serviceOf } from "@envoy-mesh-lab/trace";
import { fetchTrace } from "@envoy-mesh-lab/trace/node";
import { until } from "../until.ts";
import type { Fault } from "./fault.ts";
import type { FaultMesh } from "./fault-mesh.ts";
import { inject } from "./inject.ts";
import { memoryLimits } from "./memory-limits.ts";
import type { MadeCall, MixedLoad } from "./mixed-load.ts";
import { startMixedLoad } from "./mixed-load.ts";
import type { FollowedCall, Memory, Round } from "./round.ts";
import { isMemoryBack } from "./round.ts";

/**
 * How long what must come may take, in milliseconds: longer than any part pauses before it tries again, and than a part that is
 * up and not ready is left so before it is started again.
 */
const patienceMs = 100_000;
/** When nothing waits and nothing new has come for so long, nothing more comes, in milliseconds. */
const quietMs = 6_000;
/** How long the load runs before a fault at least, and after all is well again, in milliseconds. */
const leadMs = 1_500;

/** Spans of one whole call by `service.name`, as expected-hops.yaml says. */
const spansPerCall: Readonly<Record<string, number>> = countBy(
  readExpected(expectedHopsFile).hops,
  ({ service }) => service,
);

/** Does one fault to the mesh under load, and says what was seen. */
export async function observe(fault: Fault, faultMesh: FaultMesh, rate: number): Promise<Round> {
  const { mesh } = faultMesh;
  const ledgerBefore = await quietLedger(faultMesh);
  const partsBefore = (await meshStatus()).parts;
  const memoryBefore = memoryOf(partsBefore);
  const backendLog = partsBefore.find(({ name }) => name === "backend")?.log ?? "";
  const logBefore = readFileSync(backendLog, "utf8").length;

  const load = startMixedLoad(mesh.urls.edge, rate);
  let injectedAt = 0;
  let liftedAt = 0;
  let recoveredAt: number | undefined;
  let calls: readonly MadeCall[];
  let ofFault: readonly MadeCall[] = [];
  try {
    await delay(leadMs);
    await until(
      () => load.ended.length,
      (count) => count > rate,
      patienceMs,
    );
    injectedAt = Date.now();
    ofFault = await inject(fault, faultMesh);
    liftedAt = Date.now();
    recoveredAt = await recovery(load, fault, partsBefore);
    await delay(leadMs);
  } finally {
    calls = [...(await load.stop()), ...ofFault];
  }

  const found = new Map<string, Found>();
  const ledgerAfter = await settle(faultMesh, calls, found, async (ledger) => {
    const books = balance(ledgerBefore, ledger, sameAs(partsBefore, (await meshStatus()).parts));
    return books.senders.every(({ sender, isSame, ended }) => {
      return !isSame || ended <= [...found.values()].reduce((sum, it) => sum + (it.spans[sender] ?? 0), 0);
    });
  });
  const partsAfter = (await meshStatus()).parts;
  const finished = finishedIn(addedTo(backendLog, logBefore));
  const memory = await memoryBack(partsBefore, memoryBefore);
  return {
    injectedAt,
    liftedAt,
    ...(recoveredAt === undefined ? {} : { recoveredAt }),
    calls: calls.map(
      (call): FollowedCall => ({
        ...call,
        found: found.get(call.traceId)?.spans ?? {},
        brewed: found.get(call.traceId)?.brewed ?? 0,
        finished: finished.get(call.traceId) ?? 0,
      }),
    ),
    spansPerCall,
    balance: balance(ledgerBefore, ledgerAfter, sameAs(partsBefore, partsAfter)),
    memory,
    restarts: Object.fromEntries(
      partsAfter.map(({ name, restarts }) => [
        name,
        restarts - (partsBefore.find((it) => it.name === name)?.restarts ?? 0),
      ]),
    ),
    unwell: partsAfter
      .filter((it) => !isWell(it))
      .map(({ name, state, detail }) => `${name} is ${state}${detail ? `: ${detail}` : ""}`),
  };
}

/** When every part is well and the calls of the last moment went well; undefined when that does not come. */
async function recovery(
  load: MixedLoad,
  { at, inject: it }: Fault,
  partsBefore: readonly PartStatus[],
): Promise<number | undefined> {
  const before = load.ended.length;
  const isBack = async () => {
    const recent = load.ended.slice(before).slice(-5);
    const goWell = recent.length === 5 && recent.every(({ asked, code }) => asked === code);
    const { parts } = await meshStatus();
    // One that was told to end may be called healthy until it is asked again.
    const isAnother = !("signal" in it) || !sameAs(partsBefore, parts)(at);
    return goWell && isAnother && parts.every(isWell);
  };
  return (await until(isBack, (isDone) => isDone, patienceMs)) ? Date.now() : undefined;
}

interface Found {
  readonly spans: Readonly<Record<string, number>>;
  readonly brewed: number;
}

/** Waits until all spans have come to Tempo that should, or nothing more comes, and gives the ledger of then. */
async function settle(
  faultMesh: FaultMesh,
  calls: readonly MadeCall[],
  found: Map<string, Found>,
  areBooksClosed: (ledger: Ledger) => Promise<boolean>,
): Promise<Ledger> {
  const whole = Object.values(spansPerCall).reduce((a, b) => a + b, 0);
  let ledger = await quietLedger(faultMesh);
  let last = "";
  let grownAt = Date.now();
  const isSettled = async () => {
    const lacking = calls.filter(({ traceId, asked, code }) => {
      const known = Object.values(found.get(traceId)?.spans ?? {}).reduce((a, b) => a + b, 0);
      return code !== asked || known < whole;
    });
    // A few at a time, as Tempo refuses many.
    const ask = async () => {
      for (let call = lacking.pop(); call !== undefined; call = lacking.pop()) {
        found.set(call.traceId, await findSpans(faultMesh.mesh.urls.tempo, call.traceId));
      }
    };
    await Promise.all(Array.from({ length: 4 }, ask));
    ledger = await quietLedger(faultMesh);
    const seen = JSON.stringify([ledger, ...found]);
    if (seen !== last) {
      last = seen;
      grownAt = Date.now();
    }
    const lacks = calls.some(
      ({ traceId, asked, code }) =>
        asked === code &&
        Object.entries(spansPerCall).some(([s, n]) => (found.get(traceId)?.spans[s] ?? 0) < n),
    );
    return (!lacks && (await areBooksClosed(ledger))) || Date.now() - grownAt > quietMs;
  };
  await until(isSettled, (it) => it, patienceMs);
  return ledger;
}

async function findSpans(tempo: string, traceId: string): Promise<Found> {
  const trace = await fetchTrace(tempo, traceId);
  // A span that was sent twice is there twice until Tempo compacts it.
  const spans = [...new Map(trace?.spans.map((it) => [it.originalSpanId ?? it.spanId, it])).values()];
  const brews = spans.filter((it) => serviceOf(it) === "backend" && it.kind === "server");
  return { spans: countBy(spans, serviceOf), brewed: brews.length };
}

/** The ledger once no count changes any more and nothing waits. */
async function quietLedger({ mesh }: FaultMesh): Promise<Ledger> {
  let last = "";
  return until(
    () => readLedger(requireRuntime(mesh)),
    (ledger) => {
      const counts = JSON.stringify(ledger);
      const waiting = Object.values(ledger.services).some((it) => it === undefined || it.queued > 0);
      const isQuiet = counts === last && !waiting && ledger.collector?.queueSize === 0;
      last = counts;
      return isQuiet;
    },
    patienceMs,
    300,
  );
}

/** Whether a part is the same process in both. */
function sameAs(before: readonly PartStatus[], after: readonly PartStatus[]): (part: string) => boolean {
  const process = (parts: readonly PartStatus[], part: string) =>
    parts.find(({ name }) => name === part)?.process;
  return (part) => {
    const [first, second] = [process(before, part), process(after, part)];
    return first !== undefined && first.pid === second?.pid && first.startTime === second.startTime;
  };
}

/** What a log has more than it had; all of it when it was cut, as logs are that have grown large. */
function addedTo(log: string, length: number): string {
  const text = readFileSync(log, "utf8");
  return text.slice(text.length < length ? 0 : length);
}

/** How often the backend has said of each trace that a call was finished. */
function finishedIn(log: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [, id = ""] of log.matchAll(/^\{.*"trace_id":"([0-9a-f]{32})".*"msg":"rpc finished"/gm)) {
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

/**
 * Resident memory of each part in bytes (proc_pid_status(5)), now (VmRSS) or the most that there ever was (VmHWM); none where
 * there is no /proc.
 */
export function memoryOf(
  parts: readonly PartStatus[],
  field: "VmRSS" | "VmHWM" = "VmRSS",
): Record<string, number> {
  return Object.fromEntries(
    parts.flatMap(({ name, process: id }) => {
      try {
        const status = readFileSync(`/proc/${id?.pid}/status`, "utf8");
        const [, kib] = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status) ?? [];
        return [[name, Number(kib) * 1024]];
      } catch {
        return [];
      }
    }),
  );
}

/** How long memory may take to be given back, in milliseconds. */
const memoryPatienceMs = 10_000;

/** Memory before and now, once it is back or the time for that is up. */
function memoryBack(
  partsBefore: readonly PartStatus[],
  before: Readonly<Record<string, number>>,
): Promise<Record<string, Memory>> {
  return until(
    async () => {
      const { parts } = await meshStatus();
      const isSame = sameAs(partsBefore, parts);
      const peaks = memoryOf(parts, "VmHWM");
      return Object.fromEntries(
        Object.entries(memoryOf(parts)).map(([part, after]) => {
          const limit = memoryLimits[part];
          const peak = peaks[part] ?? after;
          const memory = { before: before[part] ?? after, after, peak, isSame: isSame(part) };
          return [part, { ...memory, ...(limit ? { limit } : {}) }];
        }),
      );
    },
    (memory) => Object.values(memory).every(isMemoryBack),
    memoryPatienceMs,
    1_000,
  );
}

function countBy<T>(all: readonly T[], key: (it: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const it of all) counts[key(it)] = (counts[key(it)] ?? 0) + 1;
  return counts;
}
