import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { suite, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { rpcNames } from "@envoy-mesh-lab/load";
import { commandTree, shells, toScript } from "@envoy-mesh-lab/meshtrace";
import { createProgram } from "./program.ts";

const scriptOf = (shell: string) =>
  spawnSync(process.execPath, ["lab/main.ts", "completion", shell], { cwd: repoRoot, encoding: "utf8" })
    .stdout;

/** What bash offers behind these words, the last of which is begun. */
function offered(script: string, ...words: string[]): string[] {
  const asked = `${script}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _lab_complete; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync("bash", ["--norc", "-c", asked, "bash", "lab", ...words], {
    encoding: "utf8",
  });
  assert.deepEqual([stderr, status], ["", 0]);
  return stdout.split("\n").filter(Boolean);
}

suite("shell completion", () => {
  const bash = scriptOf("bash");

  test("bash offers commands, options, values and names", () => {
    assert.deepEqual(offered(bash, "tra"), ["traces", "trace"]);
    assert.deepEqual(offered(bash, "exercise", "st"), ["start"]);
    assert.deepEqual(offered(bash, "call", "--prot"), ["--protocol"]);
    assert.deepEqual(offered(bash, "call", "--protocol", ""), ["connect", "grpc", "grpc-web"]);
    assert.deepEqual(offered(bash, "call", "--protocol", "grpc", "--kind", "b"), ["bidi"]);
    assert.deepEqual(
      offered(bash, "call", "O"),
      rpcNames().filter((it) => it.startsWith("O")),
    );
    assert.deepEqual(offered(bash, "logs", "gateway-p"), ["gateway-proxy"]);
    assert.deepEqual(offered(bash, "exercise", "start", "07"), ["07-who-is-slow"]);
    assert.deepEqual(offered(bash, "completion", ""), [...shells, "-h", "--help"]);
  });

  test("the value of an option is no command, and files are left to the shell", () => {
    assert.deepEqual(offered(bash, "logs", "-p", "trace", "edg"), ["edge"]);
    assert.deepEqual(offered(bash, "check", "--expect", ""), []);
  });

  test("every command and option is in each script", async () => {
    const tree = commandTree(await createProgram(), {});
    assert.ok(tree.some(({ path }) => path === "lab exercise check"));
    for (const shell of shells) {
      const script = toScript(shell, tree);
      for (const { path, options } of tree) {
        assert.ok(script.includes(`'${path}'`), `${shell}: ${path}`);
        for (const flag of options.flatMap((it) => it.flags)) {
          assert.ok(
            script.includes(shell === "fish" ? ` ${flag.replace(/^--?/, "")} ` : flag),
            `${shell}: ${flag}`,
          );
        }
      }
    }
  });

  const skipped = (shell: string) =>
    spawnSync(shell, ["--version"]).error === undefined ? false : `${shell} is not installed`;

  test("zsh offers the same, as its bashcompinit calls the function", { skip: skipped("zsh") }, () => {
    const asked = `autoload -U compinit && compinit -u -D
${scriptOf("zsh")}
setopt ksh_arrays sh_word_split
COMP_WORDS=(lab call --protocol ''); COMP_CWORD=3; _lab_complete; print -l -- "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync("zsh", ["-f", "-c", asked], { encoding: "utf8" });
    assert.deepEqual([stdout, stderr], ["connect\ngrpc\ngrpc-web\n", ""]);
  });

  test("fish offers the same, with what each does", { skip: skipped("fish") }, () => {
    const script = scriptOf("fish");
    const offer = (line: string) =>
      spawnSync("fish", ["--no-config", "-c", `${script}\ncomplete -C '${line}'`], { encoding: "utf8" })
        .stdout;
    assert.match(offer("lab tra"), /^trace\tdraw a trace as a tree$/m);
    assert.match(offer("lab exercise st"), /^start\tbegin an exercise, or go on with it$/m);
    assert.match(offer("lab logs -p trace edg"), /^edge$/m);
    assert.match(offer("lab call --protocol gr"), /^grpc-web\t/m);
    assert.match(offer("lab call --prot"), /^--protocol\t/m);
  });
});

test("lab --version tells the version of the package", () => {
  const { stdout } = spawnSync(process.execPath, ["lab/main.ts", "--version"], {
    cwd: repoRoot,
    encoding: "utf8",
  });
  assert.match(stdout, /^lab \d+\.\d+\.\d+\n$/);
});
