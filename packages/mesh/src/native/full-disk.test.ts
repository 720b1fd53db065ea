import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { suite, test } from "node:test";
import type { LabError } from "@envoy-mesh-lab/trace";
import { ExitCode } from "@envoy-mesh-lab/trace";
import { meshDown, meshStatus, partAction } from "./mesh.ts";
import { meshFolder } from "./mesh-folder.ts";
import { readState } from "./state.ts";
import type { FixtureMesh } from "./testing/fixture-mesh.ts";
import { fixtureMesh, until } from "./testing/fixture-mesh.ts";

const mib = 1024 * 1024;
const isPossible = process.platform === "linux" && process.getuid?.() === 0;
const skip = isPossible ? false : "a disk that can be filled is a tmpfs, which only root can mount";

interface SmallDisk {
  /** Leaves so many MiB. */
  fill(leaveMib: number): void;
  clear(): void;
}

/** Does something to a mesh that is kept on a disk of 64 MiB, and ends it. Its part `web` needs 32 MiB to start. */
async function onSmallDisk(t: TestContext, work: (mesh: FixtureMesh, disk: SmallDisk) => Promise<void>) {
  const mesh = await fixtureMesh(t, { web: {} });
  const ready = `http://web:${mesh.ports.web}/ready`;
  // In a folder of the user's; a volume of the lab's is beside it on the same disk.
  const web = {
    volumes: [`${join(dirname(mesh.stateFolder), "mine")}:/data`],
    "x-native": { program: "node", ready, room: 32 * mib },
  };
  await mesh.write({ web, other: { restart: "unless-stopped" } });
  const disk = dirname(mesh.stateFolder);
  const hog = join(disk, "another-file");
  mkdirSync(disk, { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=64m", "envoy-mesh-lab", disk]);
  mkdirSync(join(disk, "mine"));
  try {
    await work(mesh, {
      fill: (leaveMib) => {
        const { bavail, bsize } = statfsSync(disk);
        writeFileSync(hog, Buffer.alloc(bavail * bsize - leaveMib * mib), { flag: "a" });
      },
      clear: () => rmSync(hog, { force: true }),
    });
  } finally {
    await meshDown({ ...mesh.name, volumes: true });
    // A process that has just been ended may hold its log for a moment.
    await until("nobody uses the disk", () => spawnSync("umount", [disk]).status === 0);
  }
}

suite("a mesh on a disk that fills up", { skip }, () => {
  test("is kept by its supervisor, says how it is, and can be ended", (t) =>
    onSmallDisk(t, async (mesh, disk) => {
      await mesh.up();
      const first = await mesh.part("other");
      disk.fill(0);
      await partAction("kill", "other", { ...mesh.name, signal: "SIGKILL" });
      await until("it was started again", async () => {
        const { state, process: id } = await mesh.part("other");
        return state === "healthy" && id?.pid !== first.process?.pid;
      });
      assert.equal((await meshStatus(mesh.name)).supervisor, "running");

      disk.clear();
      const folder = meshFolder(mesh.name.project, dirname(mesh.stateFolder));
      await until("what it is was written down", async () => {
        const written = (await readState(folder))?.parts.find(({ name }) => name === "other");
        return written?.restarts === 1;
      });
      disk.fill(0);
      assert.equal((await meshDown(mesh.name)).wasRunning, true);
      assert.equal((await meshStatus(mesh.name)).supervisor, "none");
    }));

  test("stops a part before it has no room to write, says why, and starts it when there is", (t) =>
    onSmallDisk(t, async (mesh, disk) => {
      await mesh.up();
      const first = await mesh.part("web");
      disk.fill(10);
      const { detail } = await until("it waits", async () => {
        const part = await mesh.part("web");
        return part.state === "waiting" && part.detail !== undefined && part;
      });
      assert.match(detail ?? "", /^room on the disk of .*mine, which has \d+ MiB left and needs 32$/);
      assert.equal((await mesh.part("other")).state, "healthy");
      disk.clear();
      await until("it is there again", async () => (await mesh.part("web")).state === "healthy");
      const second = await mesh.part("web");
      assert.notEqual(second.process?.pid, first.process?.pid);
      assert.equal(second.restarts, 0);
    }));

  test("starts nothing where a part has too little room, and says how much it needs", (t) =>
    onSmallDisk(t, async (mesh, disk) => {
      disk.fill(20);
      await assert.rejects(mesh.up(), (error: LabError) => {
        assert.equal(error.exitCode, ExitCode.noRoom);
        assert.match(
          error.message,
          /^nothing was started:\n {2}web waits for room on the disk of .* needs 32$/,
        );
        assert.match(error.hint, /ENVOY_MESH_LAB_STATE/);
        return true;
      });
      assert.equal((await meshStatus(mesh.name)).supervisor, "none");
    }));
});
