import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { z } from "zod";
import { until } from "../until.ts";
import { assertWhole, overloaded } from "./calls.ts";
import type { ClusterMesh } from "./cluster.ts";
import { startMetricsServer } from "./start-metrics-server.ts";

/** The part that asks for the least CPU time for what it works: its autoscaler is the first to want more. */
const name = "gateway";
/** How many pods of it there are where nothing is to be done. */
const least = 2;
/** The most callers at once, each of which keeps a core busy with what it causes, or nearly so. */
const mostCallers = 24;
/** Longest until a pod is added, in milliseconds; a metric is half a minute old at the most. */
const growthMs = 420_000;
/** How long the autoscaler is told to wait before it takes pods away, in milliseconds, where the manifest leaves Kubernetes' own 300 s. */
const windowMs = 60_000;
/** Longest that scaling down may take beyond its window, in milliseconds. */
const backMs = 240_000;

const scalerSchema = z.object({
  spec: z.object({
    metrics: z.array(
      z.object({ resource: z.object({ target: z.object({ averageUtilization: z.number() }) }) }),
    ),
  }),
  status: z.object({
    desiredReplicas: z.number(),
    // An empty one stands for what was not measured yet.
    currentMetrics: z
      .array(
        z.object({
          resource: z.object({ current: z.object({ averageUtilization: z.number().optional() }) }).optional(),
        }),
      )
      .nullish(),
  }),
});

/** Load and what its autoscaler did for it, which takes it back minutes after the load has ended. */
export interface Grown {
  /** Asserts that the pods that were added go again, and not before the window has passed. */
  assertGoesBack(t: TestContext): Promise<void>;
}

/**
 * Has metrics-server measure, and calls the mesh harder and harder until the autoscaler of the gateway adds a pod. How many calls that
 * takes is this machine's affair: what counts is the part of its requested CPU time that a pod works for. Asserts that no call fails,
 * that each has all of its spans, and that the added pod answers some.
 *
 * @returns what is to be seen later; undefined where this machine has too little left for any load that would do.
 */
export async function assertGrows(t: TestContext, mesh: ClusterMesh): Promise<Grown | undefined> {
  await startMetricsServer(mesh);
  const namespace = ["-n", mesh.name];
  const scaler = async () =>
    scalerSchema.parse(JSON.parse(await mesh.kubectl("get", "hpa", name, ...namespace, "-o", "json")));
  const pods = async () =>
    (
      await mesh.kubectl(
        ...["get", "pods", ...namespace, "-l", `app.kubernetes.io/name=${name}`],
        ...["-o", "jsonpath={range .items[*]}{.metadata.name}{'\\n'}{end}"],
      )
    ).split("\n");
  const behavior = { scaleDown: { stabilizationWindowSeconds: windowMs / 1000 } };
  await mesh.kubectl("patch", "hpa", name, ...namespace, "-p", JSON.stringify({ spec: { behavior } }));
  const before = await pods();
  await using load = new Load(mesh.edge);
  let callers = 1;
  load.callers(callers);
  const use = ({ status }: z.infer<typeof scalerSchema>) =>
    status.currentMetrics?.[0]?.resource?.current.averageUtilization ?? 0;
  // When it did not want more yet, for certain: it decides before it says so.
  let calmAt = Date.now();
  const more = await until(
    async () => {
      const askedAt = Date.now();
      const now = await scaler();
      if (now.status.desiredReplicas <= least) calmAt = askedAt;
      const target = now.spec.metrics[0]?.resource.target.averageUtilization ?? 0;
      // Above the target by more than what is tolerated (a tenth of it), and not by so much that many pods come at once.
      if (use(now) <= target * 1.2 && callers < mostCallers) load.callers(++callers);
      return now;
    },
    (it) => it.status.desiredReplicas > least,
    growthMs,
    10_000,
  );
  if (more.status.desiredReplicas === least) {
    await load.end();
    t.diagnostic(
      `NOT seen to grow: with ${callers} callers this machine gave the pods ${use(more)} % of what they ask for`,
    );
    return undefined;
  }
  const added = await until(
    async () => (await pods()).filter((it) => !before.includes(it)),
    (it) => it.length > 0,
  );
  const [first = ""] = added;
  await mesh.kubectl("wait", ...namespace, "pod", first, "--for=condition=Ready", "--timeout=120s");
  // Endpoints and names follow; by then there are calls that it has answered.
  await delay(15_000);
  const { failed, traceIds } = await load.end();
  const refused = failed.filter((it) => overloaded.test(it));
  assert.deepEqual(
    failed.filter((it) => !overloaded.test(it)),
    [],
  );
  if (refused.length > 0) t.diagnostic(`a machine too busy: ${refused.length} calls refused for being late`);
  t.diagnostic(
    `${traceIds.length} calls of ${callers} callers, ${use(more)} % of what was asked for, a pod more`,
  );
  const from = await assertWhole(mesh, traceIds);
  assert.ok(from.has(first), `no call of ${traceIds.length} was answered by ${first}`);
  return { assertGoesBack: (of) => assertGoesBack(of, mesh, calmAt) };
}

/** Asserts that pods go, some time after the load; that few calls are made meanwhile, and none fails. */
async function assertGoesBack(t: TestContext, mesh: ClusterMesh, calmAt: number): Promise<void> {
  const wanted = async () =>
    Number(await mesh.kubectl("get", "deployment", name, "-n", mesh.name, "-o", "jsonpath={.spec.replicas}"));
  await using load = new Load(mesh.edge);
  load.callers(1, 500);
  const count = await until(wanted, (it) => it === least, windowMs + backMs, 1000);
  const afterMs = Date.now() - calmAt;
  assert.equal(count, least);
  assert.ok(afterMs >= windowMs, `it has gone back after ${afterMs / 1000} s`);
  const gone = `--for=jsonpath={.status.replicas}=${least}`;
  await mesh.kubectl("wait", "-n", mesh.name, gone, `deployment/${name}`, "--timeout=120s");
  const { failed, traceIds } = await load.end();
  assert.deepEqual(failed, []);
  await assertWhole(mesh, traceIds);
  t.diagnostic(`back after ${(afterMs / 1000).toFixed(0)} s, and all of ${traceIds.length} calls`);
}

/** Callers in a process of their own, until they are told to end. */
class Load {
  readonly #child: ChildProcess;
  readonly #output: Promise<string>;

  constructor(url: string) {
    const child = spawn(process.execPath, ["test/kubernetes/keen-callers.ts", url], {
      cwd: repoRoot,
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#child = child;
    this.#output = text(child.stdout);
  }

  /** @param pauseMs how long each waits after a call. Default: it calls again at once. */
  callers(count: number, pauseMs = 0): void {
    this.#child.stdin?.write(`${count} ${pauseMs}\n`);
  }

  /** Has them stop. @returns the traces of calls that were answered, and what came of the others. */
  async end(): Promise<{ traceIds: string[]; failed: string[] }> {
    this.#child.stdin?.end();
    return JSON.parse(await this.#output);
  }

  /** Also where an assertion has failed: this process would wait for it for ever. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}
