import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { normaliseName, projectNameOf } from "./project-name.ts";

suite("projectNameOf", () => {
  test("follows Docker Compose's order", async (t) => {
    const base = await mkdtemp(join(tmpdir(), "lab-name-"));
    t.after(() => rm(base, { recursive: true, force: true }));
    const cwd = join(base, "My Mesh");
    await mkdir(cwd);
    assert.equal(projectNameOf({ files: [], cwd, env: {} }), "mymesh");
    await writeFile(join(cwd, "compose.yaml"), "name: named\n");
    await writeFile(join(cwd, "extra.yaml"), "name: extra\n");
    await writeFile(join(cwd, "plain.yaml"), "services: {}\n");
    await writeFile(join(cwd, "broken.yaml"), "services: [\n");
    const name = (files: string[], env = {}, projectName?: string) =>
      projectNameOf({ files, cwd, env, projectName });
    assert.equal(name([]), "named");
    assert.equal(name(["compose.yaml", "extra.yaml", "plain.yaml"]), "extra");
    assert.equal(name(["plain.yaml"]), "mymesh");
    assert.equal(name(["broken.yaml"]), "mymesh");
    assert.equal(name([], { COMPOSE_FILE: "plain.yaml:extra.yaml" }), "extra");
    assert.equal(name([], { COMPOSE_PROJECT_NAME: "env" }), "env");
    assert.equal(name([], { COMPOSE_PROJECT_NAME: "env" }, "flag"), "flag");
  });

  test("makes a name of a folder", () => {
    assert.equal(normaliseName("_My Mesh.2-"), "mymesh2-");
  });
});
