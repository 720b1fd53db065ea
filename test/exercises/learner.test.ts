import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { execFile, spawn } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { meshStatus } from "@envoy-mesh-lab/mesh";
import { useOwnMesh } from "./own-mesh.ts";
import { Terminal } from "./terminal.ts";

useOwnMesh(10);

// A learner of its own, beside the user's.
const workspace = "workspace/.test-learner";
const folder = join(repoRoot, workspace);
const env = { ...process.env, LAB_WORKSPACE: workspace, NO_COLOR: "1" };
rmSync(folder, { recursive: true, force: true });
after(() => rmSync(folder, { recursive: true, force: true }));

const copy = join(folder, "03-injects-too-early", "gateway", "src", "client-tracing.ts");
const solution = join(repoRoot, "exercises/03-injects-too-early/solution/gateway/src/client-tracing.ts");

function exercise(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return exerciseOf(env, ...args);
}

function exerciseOf(
  whose: NodeJS.ProcessEnv,
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const options = { cwd: repoRoot, env: whose };
    execFile(process.execPath, ["lab/main.ts", "exercise", ...args], options, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), stdout, stderr });
    });
  });
}

async function partHash(name: string): Promise<string | undefined> {
  return (await meshStatus()).parts.find((it) => it.name === name)?.hash;
}

suite("a learner", () => {
  test("is told what to do when nothing is started", async () => {
    const { code, stderr } = await exercise("check");
    assert.equal(code, 2);
    assert.match(stderr, /no exercise is started[\s\S]*lab exercise start 1/);
  });

  test("starts, and gets files, a story and a mesh that is broken", async () => {
    const { code, stdout, stderr } = await exercise("start", "3");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /The story[\s\S]*Your task[\s\S]*client-tracing\.ts/);
    assert.ok(existsSync(copy));
    const list = await exercise();
    assert.match(list.stdout, /→ … +3 +Injected too early .* started, 0 checks/);
  });

  test("checks, and is told what is wrong, where, and what the header said", async () => {
    const { code, stdout, stderr } = await exercise("check");
    assert.equal(code, 1, stderr);
    assert.match(stdout, /├ gateway +CLIENT/, "the trace is drawn");
    assert.match(stdout, /✘ gateway-proxy outbound SERVER \(proxy\) below gateway CLIENT/);
    assert.match(stdout, /seen: .*sits beside gateway CLIENT/);
    assert.match(stdout, /where: +span [0-9a-f]{16} of trace [0-9a-f]{32}/);
    assert.match(stdout, /header: .*named the span of gateway SERVER/);
    assert.match(stdout, /look: .*client-tracing\.ts:14 {2}tell\(request\.header\);/);
  });

  test("gets one hint after the other, and no more than there are", async () => {
    assert.match((await exercise("hint")).stdout, /Hint 1 of 3/);
    assert.match((await exercise("hint")).stdout, /Hint 2 of 3/);
    assert.match((await exercise("hint")).stdout, /Hint 3 of 3[\s\S]*last one/);
    assert.match((await exercise("hint")).stdout, /Hint 3 of 3/);
  });

  test("saves a file that does not compile: the compiler's words, and the mesh goes on", async () => {
    const before = await partHash("gateway");
    const text = readFileSync(copy, "utf8");
    writeFileSync(copy, text.replace("tell(request.header)", "tell(request.headers)"));
    const { code, stderr } = await exercise("check");
    writeFileSync(copy, text);
    assert.equal(code, 8);
    assert.match(stderr, /client-tracing\.ts\(14,\d+\): error TS2551: Property 'headers' does not exist/);
    assert.equal(await partHash("gateway"), before);
  });

  test("saves a service that ends at once: the end of its log, and a mesh that runs", async () => {
    const main = copy.replace("client-tracing", "main");
    const text = readFileSync(main, "utf8");
    // What --validate, which is asked before anything restarts, does not see.
    const fault = 'if (!process.argv.includes("--validate")) throw new Error("out of milk");';
    writeFileSync(main, text.replace("await runGateway", `${fault}\n$&`));
    const { code, stderr } = await exercise("check");
    writeFileSync(main, text);
    assert.equal(code, 9);
    assert.match(stderr, /gateway ended[\s\S]*Error: out of milk[\s\S]*main\.ts:\d+[\s\S]*own start again/);
    const { parts } = await meshStatus();
    assert.deepEqual(
      parts.filter((it) => it.state !== "healthy"),
      [],
    );
  });

  test("starts again, and nothing of hers is overwritten", async () => {
    const mine = `${readFileSync(copy, "utf8")}// mine\n`;
    writeFileSync(copy, mine);
    const { stdout } = await exercise("start", "3");
    assert.match(stdout, /as you left them/);
    assert.equal(readFileSync(copy, "utf8"), mine);
  });

  test("resets only when she says so, and her files are kept", async () => {
    const asked = await exercise("reset");
    assert.equal(asked.code, 2);
    assert.match(asked.stderr, /aside and begin anew\?[\s\S]*nothing was changed/);
    assert.match(readFileSync(copy, "utf8"), /\/\/ mine/);
    assert.equal((await exercise("reset", "--yes")).code, 0);
    assert.doesNotMatch(readFileSync(copy, "utf8"), /\/\/ mine/);
    const [backup] = readdirSync(join(folder, "backups"));
    const kept = join(folder, "backups", backup as string, "gateway", "src", "client-tracing.ts");
    assert.match(readFileSync(kept, "utf8"), /\/\/ mine/);
  });

  test("watches: saving the solution passes, without another command", async () => {
    const watching = spawn(process.execPath, ["lab/main.ts", "exercise", "check", "--watch"], {
      cwd: repoRoot,
      env,
    });
    const said = collect(watching);
    await until(() => /Watching .*03-injects-too-early/.test(said()), said);
    cpSync(solution, copy);
    await until(() => /✔ passed: Injected too early/.test(said()), said);
    const ended = new Promise((resolve) => watching.once("exit", resolve));
    watching.kill("SIGINT");
    await ended;
  });

  test("compares with the solution, goes on with the next, and reports", async () => {
    const { stdout } = await exercise("solution");
    assert.match(stdout, /to the letter[\s\S]*startSpan/);
    assert.match((await exercise("next")).stdout, /4 · /);
    const report = JSON.parse((await exercise("report", "--learner", "Ada")).stdout) as {
      passed: number;
      exercises: {
        name: string;
        state: string;
        attempt?: { versions: object; checks: { traceIds: string[] }[] };
      }[];
    };
    assert.equal(report.passed, 1);
    const third = report.exercises.find((it) => it.name === "03-injects-too-early");
    assert.equal(third?.state, "passed");
    assert.match(third?.attempt?.checks[0]?.traceIds[0] ?? "", /^[0-9a-f]{32}$/);
    assert.deepEqual(
      Object.entries(third?.attempt?.versions ?? {}).find(([it]) => it === "envoy"),
      ["envoy", "1.40.0"],
    );
  });
});

suite("a learner in a terminal", () => {
  // Of whom nothing is known yet: what the one above has passed is not on the screen.
  const own = "workspace/.test-watcher";
  const ownFolder = join(repoRoot, own);
  const ownEnv = { ...env, LAB_WORKSPACE: own };
  before(() => rmSync(ownFolder, { recursive: true, force: true }));
  after(() => rmSync(ownFolder, { recursive: true, force: true }));
  // Ids differ each time, and so do how many orders are made, what is ordered and how long it takes; and exercises are added.
  const settled = (screen: string) =>
    screen
      .replaceAll(/\b[0-9a-f]{32}\b/g, "T".repeat(32))
      .replaceAll(/\b[0-9a-f]{16}\b/g, "S".repeat(16))
      .replaceAll(/\b[4-7]\b/g, "N")
      .replaceAll(/of \d\d passed/g, "of NN passed")
      .replaceAll(/(?:^ {4}\d\d {2}\S.*\n)+/gm, "    …  all from the tenth on\n")
      .trimEnd();
  const asItIs = { serializers: [(it: string) => it] };

  test("goes through the second exercise by keys, sees it turn green, and gets the terminal back", async (t) => {
    assert.equal((await exerciseOf(ownEnv, "start", "2")).code, 0);
    const watching = new Terminal(`"${process.execPath}" lab/main.ts exercise check --watch`, ownEnv);
    t.after(() => watching.kill());
    const golden = (screen: string) => t.assert.snapshot(settled(screen), asItIs);

    golden(await watching.until(/✘ not yet: one thing is wrong/));
    watching.press("h");
    golden(await watching.until(/Hint 1 of 3/));
    watching.press("h");
    await watching.until(/Hint 2 of 3/);
    watching.press("l");
    golden(await watching.until(/→ {4}2/));
    watching.press("l");
    const before = await watching.until(/client-tracing\.ts/);
    watching.press("xZ1\t");
    watching.press("n");
    const asked = await watching.until(/not passed yet/);
    const body = (screen: string) => screen.split("\n").slice(0, -2).join("\n");
    assert.equal(body(asked), body(before), "wrong keys change nothing, and next asks first");
    watching.press("t");
    await watching.until(/└gateway +CLIENT/);

    const mine = join(ownFolder, "02-does-not-inject/gateway/src/client-tracing.ts");
    cpSync(join(repoRoot, "exercises/02-does-not-inject/solution/gateway/src/client-tracing.ts"), mine);
    golden(await watching.until(/✔ passed/));
    watching.press("\u0003");
    await watching.ended;
    const [settings, ...rest] = watching.text
      .split(/\r?\n/)
      .filter((it) => /^[0-9a-f:]{40,}$/.test(it.trim()));
    assert.ok(
      rest.length === 1 && rest[0]?.trim() === settings?.trim(),
      "the terminal's settings are as they were",
    );
    assert.ok(watching.text.lastIndexOf("\u001B[?1049l") > watching.text.lastIndexOf("\u001B[?1049h"));
  });
});

function collect(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (it: Buffer) => {
      text += it.toString();
    });
  }
  return () => text;
}

async function until(isSo: () => boolean, said: () => string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!isSo()) {
    assert.ok(Date.now() < deadline, said());
    await delay(100);
  }
}
