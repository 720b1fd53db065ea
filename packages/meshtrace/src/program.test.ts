import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { recordedFolder } from "@envoy-mesh-lab/trace/testing";

/** Runs `meshtrace` as a user does, in the folder of the recorded traces. */
function meshtrace(args: readonly string[], input = "") {
  const { MESHTRACE_TEMPO_URL: _, ...env } = process.env;
  const main = join(repoRoot, "packages/meshtrace/main.ts");
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    cwd: recordedFolder,
    encoding: "utf8",
    env: { ...env, INIT_CWD: repoRoot },
    input,
  });
  return { code: status, stdout, stderr };
}

suite("meshtrace by itself", () => {
  test("without arguments it says what to do, and is not green", () => {
    const { code, stdout, stderr } = meshtrace([]);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /meshtrace check traces\.json {2,}which edge is wrong/);
  });

  test("its version, and its help, which knows no mesh", () => {
    assert.match(meshtrace(["--version"]).stdout, /^meshtrace \d+\.\d+\.\d+\n$/);
    for (const command of ["check", "compare", "score", "trace", "traces", "span"]) {
      const { code, stdout } = meshtrace([command, "--help"]);
      assert.equal(code, 0);
      assert.match(stdout, new RegExp(`\n {2}meshtrace ${command} `));
      assert.doesNotMatch(stdout, /\blab\b|the mesh\b|--project-name/);
    }
  });

  test("reports go into folders that are made, and one that cannot be written takes no verdict away", (t) => {
    const folder = mkdtempSync(join(tmpdir(), "meshtrace-reports-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const [junit, html] = [join(folder, "a", "b", "check.xml"), join(folder, "c", "check.html")];
    assert.equal(meshtrace(["check", "injected-early.json", "--junit", junit, "--html", html]).code, 1);
    assert.ok(existsSync(junit) && existsSync(html));
    const { code, stdout, stderr } = meshtrace(["check", "injected-early.json", "--junit", `${html}/x.xml`]);
    assert.equal(code, 2);
    assert.match(stdout, /hop\.sibling/);
    assert.match(stderr, /cannot write .*x\.xml: /);
  });

  test("what is no file and no id is reported with what it may be", () => {
    assert.match(meshtrace(["check", "C:\\traces\\a.json"]).stderr, /no such file\n.*is the path right/);
    assert.match(meshtrace(["check", "traces/*.json"]).stderr, /a pattern that no file fits/);
    assert.match(meshtrace(["check", "abc"]).stderr, /32 hex digits/);
  });

  test("an empty name, which a shell makes of a variable that is not set, is not the whole folder", () => {
    for (const args of [
      ["check", ""],
      ["check", "--from", ""],
      ["compare", "whole.json", "--against", ""],
    ]) {
      const { code, stdout, stderr } = meshtrace(args);
      assert.deepEqual([code, stdout], [2, ""], args.join(" "));
      assert.match(stderr, /^meshtrace: a file with an empty name .*\n.*variable of the shell/);
    }
  });

  test("a folder that was removed under it is told, and is no mistake of its own", {
    skip: process.platform === "win32",
  }, () => {
    const gone = mkdtempSync(join(tmpdir(), "meshtrace-gone-"));
    const main = join(repoRoot, "packages/meshtrace/main.ts");
    const script = 'rmdir "$PWD" && exec "$0" "$1" check x.json';
    const { status, stderr } = spawnSync("sh", ["-c", script, process.execPath, main], {
      cwd: gone,
      encoding: "utf8",
    });
    assert.equal(status, 2, stderr);
    assert.match(stderr, /^meshtrace: the folder where this runs is gone/);
  });

  test("a command that is none, and one that was meant", () => {
    const { code, stderr } = meshtrace(["chekc"]);
    assert.equal(code, 2);
    assert.match(stderr, /Did you mean check\?/);
  });

  test("files are those of the folder it runs in, also under npm", () => {
    const whole = meshtrace(["check", "whole.json"]);
    assert.deepEqual([whole.code, whole.stderr], [0, ""]);
    assert.match(whole.stdout, /✔ 11 spans, and no rule found anything/);
    assert.equal(meshtrace(["check", "injected-early.json"]).code, 1);
    assert.equal(meshtrace(["compare", "whole.json"]).code, 0);
    assert.match(meshtrace(["score", "whole.json"]).stdout, /gateway: \d+\.\d of 100/);
    assert.match(meshtrace(["trace", "whole.json"]).stdout, /└ gateway-proxy inbound/);
    assert.match(meshtrace(["traces", "half-sampled.json"]).stdout, /context\.lost/);
  });

  test("its own words begin with its own name", () => {
    const { code, stderr } = meshtrace(["check", "-"], "{}");
    assert.equal(code, 2);
    assert.match(stderr, /^meshtrace: /);
  });

  for (const args of [["check"], ["check", "last"], ["trace", "--since", "5m"], ["traces"], ["compare"]]) {
    test(`nothing to read from: ${args.join(" ")}`, () => {
      const { code, stderr } = meshtrace(args);
      assert.equal(code, 2);
      assert.match(stderr, /^meshtrace: (no traces are named|trace ids and searches need a trace store)/);
      assert.match(stderr, /--tempo URL/);
    });
  }

  test("completion is its own", () => {
    const { stdout } = meshtrace(["completion", "bash"]);
    assert.match(stdout, /complete -o default -F _meshtrace_complete meshtrace\n$/);
    assert.doesNotMatch(stdout, /\blab\b/);
  });
});
