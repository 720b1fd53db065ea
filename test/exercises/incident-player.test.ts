import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import type { Outcome } from "@envoy-mesh-lab/incident";
import { draw, folderOf, keeperOf, release, writeRelease } from "@envoy-mesh-lab/incident";
import { meshStatus } from "@envoy-mesh-lab/mesh";
import { useOwnMesh } from "./own-mesh.ts";

useOwnMesh(9);

const workspace = "workspace/.test-incident-player";
const root = join(repoRoot, workspace);
rmSync(root, { recursive: true, force: true });
after(async () => {
  await lab("incident", "stop");
  rmSync(root, { recursive: true, force: true });
});

/** One whose fault is in a file and fails no call. */
const seed = Array.from({ length: 1000 }, (_, it) => it).find((it) =>
  draw(it, 1).faults.some(({ place, cause }) => place === "edge" && cause === "sampling"),
);
const [fault] = draw(seed ?? 0, 1).faults;
const folder = folderOf(join(root, `incident-${seed}`));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function lab(...args: string[]): Promise<Ended> {
  const env = { ...process.env, LAB_WORKSPACE: workspace, NO_COLOR: "1" };
  return new Promise((resolve) => {
    execFile(process.execPath, ["lab/main.ts", ...args], { cwd: repoRoot, env }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

async function hashes(): Promise<Record<string, string>> {
  return Object.fromEntries((await meshStatus()).parts.map(({ name, hash }) => [name, hash]));
}

suite("who has an incident", () => {
  let before: Record<string, string> = {};

  test("is said that there is none", async () => {
    before = await hashes();
    assert.match((await lab("incident", "status")).stdout, /No incident goes on/);
    const { code, stderr } = await lab("incident", "diagnose", "edge", "sampling");
    assert.equal(code, 3);
    assert.match(stderr, /no incident goes on/);
    assert.equal((await lab("incident", "debrief")).code, 2);
    assert.equal((await lab("incident", "start", "--faults", "4")).code, 2);
  });

  test("starts one, is paged with a symptom and not with its cause, and cannot start a second", async () => {
    const { code, stdout, stderr } = await lab("incident", "start", "--seed", `${seed}`);
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`🔔 .*(${fault?.alert}|slow): \\d+(\\.\\d)? % of calls`));
    assert.ok(!`${stdout}${stderr}`.includes(fault?.cause ?? ""), stdout);
    const second = await lab("incident", "start");
    assert.equal(second.code, 2);
    assert.match(second.stderr, /an incident with seed \d+ goes on in the mesh .*\n.*lab incident stop/);
    assert.equal((await lab("incident", "debrief")).code, 2, "it would say what it is");
  });

  test("diagnoses: a misspelt word does not count, a wrong one does, and the right one is reported", async () => {
    const { place = "", cause = "" } = fault ?? {};
    assert.equal((await lab("incident", "diagnose", place, "smapling")).code, 2);
    const wrong = await lab("incident", "diagnose", "tempo", "disk-full");
    assert.deepEqual([wrong.code, wrong.stdout], [1, "✘ tempo disk-full: that is not it.\n"]);
    const right = await lab("incident", "diagnose", place, cause);
    assert.equal(right.code, 0);
    assert.match(right.stdout, /that is it, \d+:\d\d after it began\. That is all of it/);
  });

  test("repairs it by its files, and is reported when it is over", async () => {
    writeRelease(folder.root, new Map([["envoy/edge.yaml", "admin: nonsense\n"]]));
    const rejected = await lab("incident", "apply");
    assert.equal(rejected.code, 8);
    assert.match(rejected.stderr, /incident-\d+\/envoy\/edge\.yaml/);
    writeRelease(folder.root, release([]));
    const { code, stdout, stderr } = await lab("incident", "apply");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /restarted with their new settings: .*edge/);
    for (const deadline = Date.now() + 60_000; ; await delay(1000)) {
      const status = await lab("incident", "status");
      if (status.code === 0) break;
      assert.ok(Date.now() < deadline, status.stdout);
    }
  });

  test("ends it, and the mesh is what it was, also when what keeps it was killed", async () => {
    const keeper = keeperOf(folder);
    assert.ok(keeper);
    process.kill(keeper.pid, "SIGKILL");
    assert.match((await lab("incident", "status")).stdout, /was killed.*lab incident stop/);
    const { code, stdout, stderr } = await lab("incident", "stop");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /The mesh runs as it did before/);
    assert.deepEqual(await hashes(), before);
    assert.equal(keeperOf(folder), undefined);
    assert.ok(!existsSync(folder.deployed));
    assert.match((await lab("incident", "stop")).stdout, /No incident goes on/);
  });

  test("is told what it was, with the score and what could have been seen when", async () => {
    const { stdout } = await lab("incident", "debrief");
    assert.match(stdout, new RegExp(`✔ ${fault?.place} ${fault?.cause} \\(${fault?.area}\\), found after`));
    assert.match(
      stdout,
      /0:00 {4}it began[\s\S]*· lab [\s\S]*you said: tempo disk-full, which is wrong[\s\S]*you ended it/,
    );
    const { score, failed } = JSON.parse((await lab("incident", "debrief", "--json")).stdout) as Outcome;
    assert.ok(score.diagnosis > 0 && score.diagnosis <= 56, `${score.diagnosis}`);
    assert.equal(score.harm, Math.max(0, 20 - Math.floor(failed / 25)));
    assert.equal(score.total, score.diagnosis + score.harm + score.proof);
  });
});
