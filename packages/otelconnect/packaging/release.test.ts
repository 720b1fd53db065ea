import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { publishedManifest } from "./manifest.mjs";

const run = promisify(execFile);
const workspace = fileURLToPath(new URL("..", import.meta.url));
const workflow = join(workspace, "..", "..", ".github", "workflows", "release.yml");

test("the workflow that releases writes where the package comes from, wherever it runs", async () => {
  const [, block = ""] = /^ {6}- run: \|\n((?: {10}.*\n)+)/m.exec(await readFile(workflow, "utf8")) ?? [];
  assert.match(block, /npm pkg set/);
  const root = await mkdtemp(join(tmpdir(), "release-"));
  try {
    const folder = join(root, "packages", "otelconnect");
    await mkdir(folder, { recursive: true });
    await cp(join(workspace, "package.json"), join(folder, "package.json"));
    await writeFile(
      join(root, "package.json"),
      '{ "private": true, "workspaces": ["packages/otelconnect"] }\n',
    );
    await run("sh", ["-e", "-c", block], {
      cwd: root,
      env: {
        ...process.env,
        PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
        GITHUB_SERVER_URL: "https://github.com",
        GITHUB_REPOSITORY: "somebody/mesh-lab",
      },
    });
    const {
      repository,
      homepage,
      bugs,
      private: isPrivate,
    } = publishedManifest(JSON.parse(await readFile(join(folder, "package.json"), "utf8")));
    assert.deepEqual(
      { repository, homepage, bugs, isPrivate },
      {
        repository: {
          type: "git",
          url: "git+https://github.com/somebody/mesh-lab.git",
          directory: "packages/otelconnect",
        },
        homepage: "https://github.com/somebody/mesh-lab/tree/main/packages/otelconnect#readme",
        bugs: { url: "https://github.com/somebody/mesh-lab/issues" },
        isPrivate: undefined,
      },
    );
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
