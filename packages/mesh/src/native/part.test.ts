import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Part } from "./part.ts";
import { freePort, until } from "./testing/fixture-mesh.ts";
import { partPlan } from "./testing/plan-input.ts";

const server = fileURLToPath(new URL("testing/server.ts", import.meta.url));

async function startPart(
  env: Record<string, string>,
  restart: "always" | "no",
  clean: (end: () => unknown) => void,
) {
  const folder = await mkdtemp(join(tmpdir(), "lab-part-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const plan = partPlan({
    argv: [process.execPath, server],
    cwd: folder,
    env: { ...env, LISTEN: `127.0.0.1:${port}` },
    restart: { when: restart },
    stopGrace: 200,
    health: {
      probe: { kind: "http", url: `${url}/ready` },
      refusals: { url: `${url}/metrics`, counter: "refused_total" },
      interval: 20,
      timeout: 5_000,
      retries: 2,
      startPeriod: 60_000,
      startInterval: 20,
    },
  });
  const context = { runId: "test", log: join(folder, "log"), onChange: () => undefined };
  const part = new Part(plan, { ...context, notReadyLimit: 300 });
  clean(async () => {
    await part.stop();
    await rm(folder, { recursive: true, force: true });
  });
  part.start();
  await until("it is healthy", () => part.state === "healthy");
  return { part, url };
}

suite("a part that is up and not ready", () => {
  test("is reported at once, and replaced when it does not come back, also when it does not want to end", async (t) => {
    const { part, url } = await startPart({ STUBBORN: "1" }, "always", (end) => t.after(end));
    const { process: first } = part.status;
    await fetch(`${url}/zombie`);
    await part.look();
    assert.equal(part.isUnready, true);
    assert.match(part.status.notReadySince ?? "", /^20.*Z$/);
    assert.match(part.status.detail ?? "", /answers with status 503/);
    await until(
      "another process is ready",
      () => part.state === "healthy" && part.status.process?.pid !== first?.pid,
    );
    assert.equal(part.status.restarts, 1);
    assert.equal(part.status.notReadySince, undefined);
  });

  test("is left alone, but told, when its policy is not to restart it", async (t) => {
    const { part, url } = await startPart({}, "no", (end) => t.after(end));
    const { process: first } = part.status;
    const since = performance.now();
    await fetch(`${url}/zombie`);
    await until(
      "it would have been given up",
      () => performance.now() - since > 1_000 && part.state === "unhealthy",
    );
    assert.equal(part.status.process?.pid, first?.pid);
    assert.equal(part.status.restarts, 0);
  });

  test("is replaced too when it does not say any more what it refuses, whatever its probe says", async (t) => {
    const { part, url } = await startPart({}, "always", (end) => t.after(end));
    await fetch(`${url}/stuck`);
    await until("it is told", () => part.status.detail?.includes("does not say"));
    await until("another process is ready", () => part.state === "healthy" && part.status.restarts === 1);
  });

  test("is reported, and left alone, while it refuses work", async (t) => {
    const { part, url } = await startPart({}, "always", (end) => t.after(end));
    const since = performance.now();
    await fetch(`${url}/refuse`);
    await until(
      "it would have been given up",
      () => performance.now() - since > 1_000 && part.state === "unhealthy",
    );
    assert.match(part.status.detail ?? "", /refuses work: refused_total at .* rose by 3/);
    assert.equal(part.status.restarts, 0);
  });
});

test("a part that ends while it is being probed is probed again when it was started again", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "lab-part-"));
  const plan = partPlan({
    argv: ["sleep", "60"],
    cwd: folder,
    env: { PATH: process.env.PATH ?? "" },
    restart: { when: "always" },
    health: {
      // As slow as a program that asks over a network.
      probe: { kind: "exec", argv: ["sleep", "1"] },
      ...{ interval: 20, timeout: 5_000, retries: 2, startPeriod: 60_000, startInterval: 20 },
    },
  });
  const part = new Part(plan, { runId: "test", log: join(folder, "log"), onChange: () => undefined });
  t.after(async () => {
    await part.stop();
    await rm(folder, { recursive: true, force: true });
  });
  part.start();
  await until("it is healthy", () => part.state === "healthy");
  void part.look();
  part.kill("SIGKILL");
  await until("the next process is healthy", () => part.state === "healthy" && part.status.restarts === 1);
});
