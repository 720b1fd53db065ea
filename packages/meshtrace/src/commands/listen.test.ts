import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";

const main = join(repoRoot, "packages/meshtrace/main.ts");
const app = join(repoRoot, "packages/meshtrace/testing/export-spans.mjs");
const folder = mkdtempSync(join(tmpdir(), "meshtrace-listen-"));
after(() => rmSync(folder, { recursive: true }));

const hops = join(folder, "hops.yaml");
writeFileSync(hops, "name: what the app exports\nhops: [{ service: shop, kind: server }]\n");

function listen(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, "listen", ...args], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, ...env },
    timeout: 60_000,
  });
  return { code: status, stdout, stderr };
}

suite("listening for the time of a command", () => {
  for (const [protocol, compress] of [
    ["grpc", "yes"],
    ["grpc", ""],
    ["http/protobuf", ""],
    ["http/json", "yes"],
  ] as const) {
    test(`OpenTelemetry JS exports with ${protocol}${compress && ", packed"}`, () => {
      const run = listen(["--json", "--", process.execPath, app, protocol], { COMPRESS: compress });
      assert.equal(run.code, 0, run.stderr);
      const { traces, spans } = JSON.parse(run.stdout);
      assert.deepEqual([traces, spans], [2, 2]);
      assert.equal(run.stderr, "exported\n", "what the command prints does not mix with the JSON");
    });
  }

  test("what is expected is held against it: findings are 1, and stand in JUnit's form", () => {
    const junit = join(folder, "check.xml");
    const run = listen(["--expect", hops, "--junit", junit, "--", process.execPath, app, "http/json"]);
    assert.equal(run.code, 1, run.stderr);
    assert.match(run.stdout, /^exported\n[\s\S]*✘ shop SERVER/);
    assert.match(readFileSync(junit, "utf8"), /<failure/);
  });

  test("a command that fails fails it, with its own code, and what came is judged all the same", () => {
    const run = listen(["--", process.execPath, app, "grpc", "7"]);
    assert.equal(run.code, 7, run.stderr);
    assert.match(run.stdout, /2 traces, 2 spans/);
    assert.equal(listen(["--", "sh", "-c", "kill -KILL $$"]).code, 137);
  });

  test("endpoints that were set before do not lead elsewhere", () => {
    const run = listen(["--", process.execPath, app, "http/protobuf"], {
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://127.0.0.1:9/v1/traces",
    });
    assert.equal(run.code, 0, run.stderr);
  });

  test("nothing came, no such command, and more than is kept: it could not look", () => {
    const nothing = listen(["--", "true"]);
    assert.equal(nothing.code, 2);
    assert.match(nothing.stderr, /no span came\n.*OTEL_TRACES_EXPORTER/);
    const missing = listen(["--", "no-such-command"]);
    assert.equal(missing.code, 2);
    assert.match(missing.stderr, /cannot start no-such-command/);
    const failed = listen(["--", "sh", "-c", "exit 7"]);
    assert.equal(failed.code, 7);
    assert.match(failed.stderr, /no span came\n/, "the command's code does not hide it");
    const full = listen(["--max-spans", "1", "--", process.execPath, app, "http/json"]);
    assert.equal(full.code, 2);
    assert.match(full.stderr, /1 span dropped/);
    assert.match(full.stdout, /1 span\b/);
  });

  test("a command that goes on is ended when there is enough", () => {
    const script = `"${process.execPath}" "${app}" http/json; exec sleep 600`;
    const run = listen(["--traces", "2", "--", "sh", "-c", script]);
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stdout, /2 traces, 2 spans: 2 clean/);
  });

  test("a command that takes its time before its first span is not idle", () => {
    const script = `sleep 1; "${process.execPath}" "${app}" http/json; exec sleep 600`;
    const run = listen(["--idle", "500ms", "--", "sh", "-c", script]);
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stdout, /2 traces, 2 spans/);
  });
});

suite("ending a command", () => {
  /** Starts it with a command that says when it is ready, and collects what is printed. */
  async function start(script: string) {
    const child = spawn(process.execPath, [main, "listen", "--", "sh", "-c", script], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    // The streams close when nobody is left who could write to them.
    const closed = once(child, "close");
    const [ready] = await once(child.stdout, "data");
    assert.match(`${ready}`, /ready/);
    child.stderr.resume();
    return { child, code: async () => (await closed)[0] as number };
  }

  test("what it has started is ended with it, although a shell passes no signal on", async () => {
    for (const script of ["echo ready; sleep 600", "sleep 600 & echo ready; wait"]) {
      const { child, code } = await start(script);
      child.kill("SIGTERM");
      assert.equal(await code(), 143);
    }
  });

  test("a second signal kills one that does not want to end", async () => {
    const { child, code } = await start(`trap "" TERM; echo ready; while :; do sleep 600; done`);
    child.kill("SIGINT");
    // It is told once it has been heard: a second one before that would be the same one.
    const again = setInterval(() => child.kill("SIGINT"), 200);
    assert.equal(await code(), 137);
    clearInterval(again);
  });
});

suite("passing on", () => {
  test("to itself would never end", () => {
    for (const host of ["127.0.0.1", "localhost"]) {
      const { code, stderr } = listen(["--port", "14917", "--forward", `http://${host}:14917`, "--", "true"]);
      assert.equal(code, 2);
      assert.match(stderr, /is this receiver itself/);
    }
  });
});

suite("listening without a command", () => {
  /** Starts it at any free port, and gives the address that it says. */
  async function start(...args: string[]) {
    const child = spawn(process.execPath, [main, "listen", "--port", "0", ...args], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = once(child, "exit");
    let out = "";
    child.stdout.setEncoding("utf8").on("data", (it: string) => {
      out += it;
    });
    let said = "";
    for await (const it of child.stderr.setEncoding("utf8")) {
      said += it;
      if (said.includes("\n")) break;
    }
    const [endpoint] = /http:\S+/.exec(said) ?? assert.fail(said);
    const code = async () => (await ended)[0] as number;
    return { child, endpoint, code, printed: () => out };
  }

  const send = (endpoint: string) =>
    spawnSync(process.execPath, [app, "http/json"], {
      env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
      encoding: "utf8",
    });

  test("SIGTERM ends it, and what came is judged", async () => {
    const { child, endpoint, code, printed } = await start();
    assert.equal(send(endpoint).stdout, "exported\n");
    child.kill("SIGTERM");
    assert.equal(await code(), 0);
    assert.match(printed(), /2 traces, 2 spans/);
  });

  test("it ends when enough is there, and when nothing comes any more", async () => {
    for (const end of [
      ["--spans", "2"],
      ["--traces", "2"],
      ["--idle", "4s"],
    ]) {
      const { endpoint, code, printed } = await start(...end);
      send(endpoint);
      assert.equal(await code(), 0, end.join(" "));
      assert.match(printed(), /2 traces, 2 spans/);
    }
  });

  test("it says by its exit code that nothing came, also when nobody reads its errors any more", async () => {
    // `start` reads the first line of them, and then closes the pipe.
    const { code } = await start("--timeout", "500ms");
    assert.equal(await code(), 2);
  });
});
