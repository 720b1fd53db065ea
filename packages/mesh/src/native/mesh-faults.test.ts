import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import type { LabError } from "@envoy-mesh-lab/trace";
import { ExitCode } from "@envoy-mesh-lab/trace";
import { isWell, meshDown, meshStatus, partAction } from "./mesh.ts";
import { portError } from "./port-holder.ts";
import { findRun, identify, isAlive } from "./processes.ts";
import { renderStatus } from "./render-status.ts";
import type { MeshState } from "./state.ts";
import { meshStateSchema } from "./state.ts";
import type { FixtureMesh } from "./testing/fixture-mesh.ts";
import { fixtureMesh, twoServices, until } from "./testing/fixture-mesh.ts";

const lab = join(repoRoot, "lab", "main.ts");
const slowStart = {
  interval: "100ms",
  timeout: "1s",
  retries: 2,
  start_period: "60s",
  start_interval: "100ms",
};

async function stateOf(mesh: FixtureMesh): Promise<MeshState> {
  return meshStateSchema.parse(JSON.parse(await readFile(join(mesh.stateFolder, "state.json"), "utf8")));
}

async function killSupervisor(mesh: FixtureMesh): Promise<MeshState> {
  const state = await stateOf(mesh);
  process.kill(state.supervisor.pid, "SIGKILL");
  await until("the supervisor is gone", () => !isAlive(state.supervisor));
  return state;
}

async function assertNothingRuns(mesh: FixtureMesh, state: MeshState): Promise<void> {
  assert.equal(isAlive(state.supervisor), false);
  assert.deepEqual(findRun(state.runId), []);
  for (const port of Object.values(mesh.ports)) {
    assert.equal(await portError(port), undefined);
  }
}

function startUp(mesh: FixtureMesh) {
  const args = ["up", "-f", join(mesh.folder, "compose.yaml"), "-p", mesh.name.project];
  const child = spawn(process.execPath, [lab, ...args], {
    env: mesh.name.env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  return { child, exit: once(child, "exit") as Promise<[number | null, string | null]> };
}

async function untilServing(mesh: FixtureMesh, name: string) {
  return until(`${name} serves`, () => mesh.get(name).catch(() => undefined));
}

suite("a part that does not come up", () => {
  test("is named with the end of its log, and everything is stopped again", async (t) => {
    // Longer than a busy machine takes to start it, so that its answer is seen and not that nobody listens yet.
    const healthcheck = { interval: "2s", timeout: "10s", retries: 2 };
    const mesh = await fixtureMesh(t, { store: {}, web: { environment: { UNWELL: "1" }, healthcheck } });
    await assert.rejects(mesh.up(), (error: LabError) => {
      assert.equal(error.exitCode, ExitCode.notReady);
      assert.match(error.message, /^web is unhealthy: http:.*answers with status 503/);
      assert.match(error.message, /listening on 127\.0\.0\.1/);
      // The log outlives the mesh, because the error points to it.
      assert.ok(existsSync(error.hint.replace("The whole log: ", "")));
      return true;
    });
    assert.equal((await meshStatus(mesh.name)).supervisor, "none");
    assert.equal(await portError(mesh.ports.store ?? 0), undefined);
  });

  test("is left running with keep", async (t) => {
    const healthcheck = { interval: "50ms", timeout: "1s", retries: 1 };
    const mesh = await fixtureMesh(t, { web: { environment: { UNWELL: "1" }, healthcheck } });
    await assert.rejects(mesh.up({ keep: true }), { exitCode: ExitCode.notReady });
    assert.equal((await mesh.part("web")).state, "unhealthy");
  });

  test("is named when it ends again and again", async (t) => {
    const mesh = await fixtureMesh(t, { web: { environment: { CRASH: "7" }, restart: "always" } });
    await assert.rejects(mesh.up(), (error: LabError) => {
      assert.match(error.message, /^web ended 3 times, it ended with 7\.[\s\S]*crashing with 7/);
      return true;
    });
  });

  test("is shown with its own words, not with those of an earlier run that failed", async (t) => {
    const mesh = await fixtureMesh(t, { web: { environment: { CRASH: "7" } } });
    await assert.rejects(mesh.up(), { message: /crashing with 7/ });
    await mesh.write({ web: { environment: { CRASH: "8" } } });
    await assert.rejects(mesh.up(), (error: LabError) => {
      assert.match(error.message, /crashing with 8/);
      assert.doesNotMatch(error.message, /crashing with 7/);
      return true;
    });
  });

  test("is named when its program ends and is not to be restarted", async (t) => {
    const mesh = await fixtureMesh(t, { web: { environment: { CRASH: "7" } } });
    await assert.rejects(mesh.up(), {
      message: /^web ended with exit code 7\./,
      exitCode: ExitCode.notReady,
    });
  });

  test("is named when the time is over", async (t) => {
    const mesh = await fixtureMesh(t, { web: { environment: { UNWELL: "1" }, healthcheck: slowStart } });
    await assert.rejects(mesh.up({ timeout: 500 }), {
      message: /^web is not up after/,
      exitCode: ExitCode.notReady,
    });
  });

  test("does not end a mesh that ran before", async (t) => {
    const mesh = await fixtureMesh(t, twoServices);
    await mesh.up();
    await mesh.write({
      ...twoServices,
      web: { ...twoServices.web, restart: "no", environment: { CRASH: "7" } },
    });
    await assert.rejects(mesh.up(), { message: /^web ended/ });
    assert.equal((await mesh.part("store")).state, "healthy");
  });
});

suite("a part that ends by itself", () => {
  test("is started again when its policy says so", async (t) => {
    const mesh = await fixtureMesh(t, { web: { restart: "on-failure" } });
    await mesh.up();
    const { pid } = await mesh.get("web");
    await partAction("kill", "web", mesh.name);
    const again = await until("web is back", async () => {
      const part = await mesh.part("web");
      return part.state === "healthy" && part.process?.pid !== pid && part;
    });
    assert.equal(again.restarts, 1);
  });

  test("stays ended when it has no policy, and the status says how it ended", async (t) => {
    const mesh = await fixtureMesh(t, twoServices);
    await mesh.write({ web: {} });
    await mesh.up();
    await partAction("kill", "web", { ...mesh.name, signal: "SIGKILL" });
    const part = await until("web has ended", async () => {
      const found = await mesh.part("web");
      return found.state === "exited" && found;
    });
    assert.equal(part.exitSignal, "SIGKILL");
    assert.equal(part.process, undefined);
    await assert.rejects(partAction("kill", "web", mesh.name), {
      message: "web is not running.",
      exitCode: ExitCode.notRunning,
    });
  });

  test("is killed with all that it started when it does not stop within its grace period", async (t) => {
    const mesh = await fixtureMesh(t, {
      web: { environment: { STUBBORN: "1", CHILD: "1" }, stop_grace_period: "300ms" },
    });
    await mesh.up();
    const { runId } = await stateOf(mesh);
    assert.equal(findRun(runId).length, 2);
    await partAction("stop", "web", mesh.name);
    const part = await mesh.part("web");
    assert.deepEqual([part.state, part.exitSignal], ["stopped", "SIGKILL"]);
    assert.match(await readFile(part.log, "utf8"), /told to stop/);
    await until("the child is gone", () => findRun(runId).length === 0);
  });

  test("leaves no process of its own behind", async (t) => {
    const mesh = await fixtureMesh(t, { web: { environment: { CHILD: "1" } } });
    await mesh.up();
    const { runId } = await stateOf(mesh);
    await partAction("kill", "web", mesh.name);
    await until("the child is gone", () => findRun(runId).length === 0);
  });
});

suite("a killed supervisor", () => {
  test("leaves its parts running, status says so, and down ends them", async (t) => {
    const mesh = await fixtureMesh(t, twoServices);
    await mesh.up();
    const state = await killSupervisor(mesh);
    assert.equal((await mesh.get("web")).pid, state.parts.find(({ name }) => name === "web")?.process?.pid);
    const status = await meshStatus(mesh.name);
    assert.equal(status.supervisor, "gone");
    assert.deepEqual(
      status.parts.map((part) => part.state),
      ["orphaned", "orphaned"],
    );
    await assert.rejects(partAction("stop", "web", mesh.name), { exitCode: ExitCode.notRunning });

    const { orphans } = await meshDown(mesh.name);
    assert.deepEqual(orphans.toSorted(), ["store", "web"]);
    await assertNothingRuns(mesh, state);
    assert.equal(existsSync(join(mesh.folder, "state")), false);
  });

  test("is replaced by up, which ends the old parts first", async (t) => {
    const mesh = await fixtureMesh(t, twoServices);
    await mesh.up();
    const old = await killSupervisor(mesh);
    const notes: string[] = [];
    const result = await mesh.up({
      onProgress: ({ kind, text }) => void (kind === "note" && notes.push(text)),
    });
    assert.equal(result.wasRunning, false);
    assert.match(notes.join(), /Ended what an earlier run left without a supervisor: .*web/);
    assert.deepEqual(findRun(old.runId), []);
    assert.equal((await mesh.part("web")).state, "healthy");
  });

  test("does not make down kill another process that has the id of a part now", async (t) => {
    const mesh = await fixtureMesh(t, { web: {} });
    await mesh.up();
    const state = await killSupervisor(mesh);
    const part = state.parts[0]?.process;
    assert.ok(part);
    process.kill(part.pid, "SIGKILL");
    await until("web is gone", () => !isAlive(part));
    const innocent = spawn("sleep", ["1000"], { stdio: "ignore", detached: true });
    t.after(() => innocent.kill("SIGKILL"));
    const reused = {
      ...state,
      parts: state.parts.map((it) => ({ ...it, process: { ...part, pid: innocent.pid } })),
    };
    await writeFile(join(mesh.stateFolder, "state.json"), JSON.stringify(reused));

    assert.deepEqual(
      (await meshStatus(mesh.name)).parts.map((it) => it.state),
      ["exited"],
    );
    assert.deepEqual(await meshDown(mesh.name), { wasRunning: false, orphans: [] });
    assert.ok(identify(innocent.pid ?? 0));
  });

  test("that hangs is ended by down, with its parts", async (t) => {
    const mesh = await fixtureMesh(t, { web: {} });
    await mesh.up();
    const state = await stateOf(mesh);
    process.kill(state.supervisor.pid, "SIGSTOP");
    assert.equal((await meshStatus(mesh.name)).supervisor, "silent");
    assert.equal((await meshDown(mesh.name)).wasRunning, true);
    await assertNothingRuns(mesh, state);
  });
});

suite("commands at the same time", () => {
  test("one up waits for the other", async (t) => {
    const mesh = await fixtureMesh(t, twoServices);
    const notes: string[] = [];
    const onProgress = ({ kind, text }: { kind: string; text: string }) =>
      void (kind === "note" && notes.push(text));
    const results = await Promise.all([mesh.up({ onProgress }), mesh.up({ onProgress })]);
    assert.deepEqual(results.map(({ wasRunning }) => wasRunning).toSorted(), [false, true]);
    assert.match(notes.join(), /Waiting for "lab up"/);
  });

  test("down ends a mesh that is coming up", async (t) => {
    const mesh = await fixtureMesh(t, { web: { environment: { UNWELL: "1" }, healthcheck: slowStart } });
    const up = assert.rejects(mesh.up(), {
      message: /^another command stopped this mesh/,
      exitCode: ExitCode.notReady,
    });
    await untilServing(mesh, "web");
    const state = await stateOf(mesh);
    await meshDown(mesh.name);
    await up;
    await assertNothingRuns(mesh, state);
    assert.equal(existsSync(join(mesh.folder, "state")), false);
  });

  test("Ctrl-C during up leaves nothing behind", async (t) => {
    const mesh = await fixtureMesh(t, { web: { environment: { UNWELL: "1" }, healthcheck: slowStart } });
    const { child, exit } = startUp(mesh);
    await untilServing(mesh, "web");
    const state = await stateOf(mesh);
    child.kill("SIGINT");
    assert.deepEqual(await exit, [ExitCode.interrupted, null]);
    await assertNothingRuns(mesh, state);
    assert.equal(existsSync(join(mesh.folder, "state")), false);
  });

  test("a killed up is no hindrance for status, up and down", async (t) => {
    const mesh = await fixtureMesh(t, { web: { environment: { UNWELL: "1" }, healthcheck: slowStart } });
    const { child, exit } = startUp(mesh);
    await untilServing(mesh, "web");
    const state = await stateOf(mesh);
    child.kill("SIGKILL");
    await exit;
    assert.equal((await mesh.part("web")).state, "starting");
    await mesh.write({ web: {} });
    assert.deepEqual((await mesh.up()).restarted, ["web"]);
    await meshDown(mesh.name);
    await assertNothingRuns(mesh, state);
  });
});

suite("a part that is up and not ready any more", () => {
  test("is never called healthy, and lab up restarts it", async (t) => {
    const mesh = await fixtureMesh(t, twoServices);
    await mesh.up();
    const { process: first } = await mesh.part("web");
    await fetch(`http://127.0.0.1:${mesh.ports.web}/zombie`);
    const found = await meshStatus(mesh.name, true);
    const web = found.parts.find(({ name }) => name === "web");
    assert.ok(web?.notReadySince);
    assert.deepEqual(found.parts.map(isWell), [true, false]);
    assert.match(renderStatus(found), /^web +not ready since \d\d:\d\d:\d\d UTC/m);
    const result = await mesh.up();
    assert.deepEqual([result.restarted, result.unready], [["web"], ["web"]]);
    assert.notEqual((await mesh.part("web")).process?.pid, first?.pid);
    assert.deepEqual((await meshStatus(mesh.name, true)).parts.map(isWell), [true, true]);
  });
});
