import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";

const repository = mkdtempSync(join(tmpdir(), "envoy-mesh-lab-"));
after(() => rmSync(repository, { recursive: true }));

const git = (...args: string[]) =>
  execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], { cwd: repository });

const contract = join(repository, "proto", "cafe", "v1", "cafe.proto");
const before = readFileSync(join(repoRoot, "proto", "cafe", "v1", "cafe.proto"), "utf8");

/** A repository of the contracts alone, whose main branch has a commit with one field more than the one before. */
function prepare(): string {
  for (const it of ["proto", "buf.yaml"])
    cpSync(join(repoRoot, it), join(repository, it), { recursive: true });
  symlinkSync(join(repoRoot, "node_modules"), join(repository, "node_modules"));
  writeFileSync(join(repository, ".gitignore"), "node_modules\n");
  git("init", "--quiet", "--initial-branch=main");
  git("add", ".");
  git("commit", "--quiet", "--message=one");
  const grown = before.replace("message Drink {", "message Drink {\n  string cup = 77;");
  assert.notEqual(grown, before);
  writeFileSync(contract, grown);
  git("commit", "--quiet", "--all", "--message=two");
  return grown;
}

function breaking() {
  return spawnSync(process.execPath, [join(repoRoot, "test", "breaking.ts")], {
    cwd: repository,
    encoding: "utf8",
  });
}

test("on the main branch, a change is held against what is committed; without one, that against the commit before", () => {
  prepare();
  const grown = breaking();
  assert.equal(grown.status, 0, grown.stdout + grown.stderr);
  // The field of the last commit is taken away again: the commit before that never had it.
  writeFileSync(contract, before);
  const shrunk = breaking();
  assert.equal(shrunk.status, 1, shrunk.stdout + shrunk.stderr);
  assert.match(shrunk.stdout, /Previously present field "77" with name "cup" on message "Drink" was deleted/);
});
