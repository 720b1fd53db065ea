import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { ExitCode } from "@envoy-mesh-lab/trace";
import { clearMeshFolder, makePrivateFolder, meshFolder, writeAtomically } from "./mesh-folder.ts";

suite("the folder of a mesh", () => {
  test("has a safe name", () => {
    for (const name of ["", "..", "a/b", "A", "-a", "../../etc"]) {
      assert.throws(() => meshFolder(name, "/state"), { exitCode: ExitCode.usage }, name);
    }
    assert.equal(meshFolder("a_b-1", "/state").logs, "/state/a_b-1/logs");
  });

  test("is cleared but for what is to be kept, and removed when empty", async (t) => {
    const base = await mkdtemp(join(tmpdir(), "lab-folder-"));
    t.after(() => rm(base, { recursive: true, force: true }));
    const folder = meshFolder("test", join(base, "state"));
    for (const path of [folder.volumes, folder.logs, folder.config, folder.anonymous]) {
      await mkdir(path, { recursive: true });
    }
    await writeAtomically(folder.control, "secret", 0o600);
    assert.equal((await stat(folder.control)).mode & 0o777, 0o600);
    await clearMeshFolder(folder, { volumes: true, logs: true });
    assert.deepEqual((await readdir(folder.root)).toSorted(), ["logs", "volumes"]);
    await clearMeshFolder(folder, { volumes: false, logs: false });
    assert.deepEqual(await readdir(base), []);
    await clearMeshFolder(folder, { volumes: false, logs: false });
  });

  const isRoot = process.platform === "linux" && process.getuid?.() === 0;
  test("says what of it cannot be removed, and removes the rest", { skip: !isRoot }, async (t) => {
    const base = await mkdtemp(join(tmpdir(), "lab-folder-"));
    const folder = meshFolder("test", join(base, "state"));
    const mounted = join(folder.volumes, "queue");
    for (const path of [mounted, folder.config]) await mkdir(path, { recursive: true });
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "envoy-mesh-lab", mounted]);
    t.after(async () => {
      execFileSync("umount", [mounted]);
      await rm(base, { recursive: true, force: true });
    });
    await assert.rejects(clearMeshFolder(folder, { volumes: false, logs: false }), {
      name: "LabError",
      message: /EBUSY.*volumes.queue/,
      hint: /Unmount/,
    });
    assert.deepEqual(await readdir(folder.root), ["volumes"]);
  });

  test("has room for sockets in a folder of its user's alone, or refuses", async (t) => {
    const base = await mkdtemp(join(tmpdir(), "lab-folder-"));
    t.after(() => rm(base, { recursive: true, force: true }));
    const path = join(base, "sockets");
    await makePrivateFolder(path);
    assert.equal((await stat(path)).mode & 0o777, 0o700);
    await makePrivateFolder(path);
    await chmod(path, 0o770);
    await assert.rejects(makePrivateFolder(path), {
      exitCode: ExitCode.notReady,
      message: /not a folder of yours/,
    });
    await chmod(path, 0o700);
    await symlink(path, join(base, "link"));
    await assert.rejects(makePrivateFolder(join(base, "link")), /not a folder of yours/);

    const deep = meshFolder("a".repeat(60), `/home/${"a".repeat(60)}/${"b".repeat(60)}`);
    assert.ok(
      join(deep.temporary, "gateway-proxy/_run_envoy/admin").length < 100,
      "unix(7) leaves 108 characters",
    );
    assert.notEqual(deep.temporary, meshFolder("other", "/home").temporary);
  });
});
