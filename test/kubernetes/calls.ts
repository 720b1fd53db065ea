import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Trace } from "@envoy-mesh-lab/trace";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { waitForTrace } from "@envoy-mesh-lab/trace/node";
import type { ClusterMesh } from "./cluster.ts";
import { output } from "./cluster.ts";

/** Calls at a constant rate, each on a connection of its own. */
export interface Steady {
  /** Calls a second. */
  readonly rate: number;
  readonly seconds: number;
}

/** What came of such calls. */
interface Outcome {
  readonly traceIds: readonly string[];
  /** How many calls failed, by code and message. */
  readonly failed: Readonly<Record<string, number>>;
}

async function makeCalls(mesh: ClusterMesh, { rate, seconds }: Steady): Promise<Outcome> {
  const script = ["test/kubernetes/steady-calls.ts", mesh.edge, String(rate), String(seconds)];
  const { code, stdout, stderr } = await output(process.execPath, script);
  assert.equal(code, 0, stderr);
  const { failed, traceIds } = JSON.parse(stdout) as { failed: string[]; traceIds: string[] };
  assert.equal(traceIds.length, rate * seconds);
  const counts = [...Map.groupBy(failed, (it) => it)].map(([what, all]) => [what, all.length]);
  return { traceIds, failed: Object.fromEntries(counts) };
}

/** Makes calls through the edge of a mesh. @returns the ids of their traces, when none of them failed. */
export async function steadyCalls(mesh: ClusterMesh, steady: Steady): Promise<readonly string[]> {
  const { traceIds, failed } = await makeCalls(mesh, steady);
  assert.deepEqual(failed, {});
  return traceIds;
}

/** What a service says that has too little of the machine to answer in time: no fault of whoever restarts it. */
export const overloaded = /the server is late with the calls that it has/;

/** The same as `assertNoneFails`, and asserts that every span of every one of the calls arrives. */
export async function assertNothingLost(...of: Parameters<typeof assertNoneFails>): Promise<void> {
  const [t, mesh] = of;
  const traceIds = await assertNoneFails(...of);
  await assertWhole(mesh, traceIds);
  t.diagnostic("and every span of theirs");
}

/**
 * Disturbs a mesh while calls are made, at thirty a second, and asserts that no call fails. Where the machine has not enough left for
 * that, so that services refuse calls for being late, it is said, and it has to hold at ten a second.
 *
 * @param disturb has to end before the calls do.
 * @returns the ids of their traces.
 */
export async function assertNoneFails(
  t: TestContext,
  mesh: ClusterMesh,
  seconds: number,
  disturb: () => Promise<void>,
): Promise<readonly string[]> {
  const calling = async (rate: number) => {
    let isCalling = true;
    const calls = makeCalls(mesh, { rate, seconds }).finally(() => {
      isCalling = false;
    });
    await Promise.all([calls, disturb().then(() => assert.ok(isCalling, "it took longer than the calls"))]);
    return await calls;
  };
  let rate = 30;
  let outcome = await calling(rate);
  if (Object.keys(outcome.failed).some((it) => overloaded.test(it))) {
    const lost = Object.values(outcome.failed).reduce((sum, it) => sum + it, 0);
    t.diagnostic(
      `NOT tried at ${rate} a second, for which this machine has too little left: ${lost} calls refused`,
    );
    rate = 10;
    outcome = await calling(rate);
  }
  assert.deepEqual(outcome.failed, {});
  t.diagnostic(`all of ${outcome.traceIds.length} calls, ${rate} a second`);
  return outcome.traceIds;
}

/**
 * Asserts that every span of every one of the traces arrives.
 *
 * @returns the pods that they come from, as services name them.
 */
export async function assertWhole(mesh: ClusterMesh, traceIds: readonly string[]): Promise<Set<unknown>> {
  const queue = [...traceIds];
  const pods = new Set<unknown>();
  const short: string[] = [];
  // What was kept while nobody took it comes with the sender's next attempt; what is not there by then is asked for once.
  const deadline = Date.now() + 180_000;
  const look = async () => {
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      const trace = await wholeTrace(mesh, id, deadline);
      for (const { resource } of trace?.spans ?? []) pods.add(resource["k8s.pod.name"]);
      if (trace?.spans.length === allSpans) continue;
      const there = trace?.spans.map((it) => it.resource["service.name"]) ?? [];
      short.push(`${id}: spans of ${[...new Set(there)].sort().join(", ") || "nobody"}`);
    }
  };
  await Promise.all([look(), look(), look(), look()]);
  assert.deepEqual(short, []);
  return pods;
}

/** The spans of a unary call through the mesh. */
const allSpans = 11;

/**
 * A trace with all of its spans, or as it is at the deadline; that nothing comes for a while does not make it whole, and that
 * the proxy before Tempo has lost a connection says nothing of the trace.
 *
 * @throws {LabError} (exit code `notRunning`) when Tempo is not there at the deadline.
 */
async function wholeTrace(mesh: ClusterMesh, id: string, deadline: number): Promise<Trace | undefined> {
  for (;;) {
    const left = Math.max(0, deadline - Date.now());
    try {
      const trace = await waitForTrace(mesh.tempo, id, left, (it) => it.spans.length === allSpans);
      if (trace?.spans.length === allSpans || left === 0) return trace;
    } catch (error) {
      if (left === 0 || !(error instanceof LabError) || error.exitCode !== ExitCode.notRunning) throw error;
      await delay(1000);
    }
  }
}
