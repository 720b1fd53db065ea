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
    const full = listen(["--max-spans", "1", "--", process.execPath, app, "http/json"]);
    assert.equal(full.code, 2);
    assert.match(full.stderr, /1 spans were dropped/);
    assert.match(full.stdout, /1 span\b/);
  });

  test("a command that goes on is ended when there is enough", () => {
    const script = `"${process.execPath}" "${app}" http/json; exec sleep 600`;
    const run = listen(["--traces", "2", "--", "sh", "-c", script]);
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stdout, /2 traces, 2 spans: 2 clean/);
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
      ["--idle", "2s"],
    ]) {
      const { endpoint, code, printed } = await start(...end);
      send(endpoint);
      assert.equal(await code(), 0, end.join(" "));
      assert.match(printed(), /2 traces, 2 spans/);
    }
    const { code } = await start("--timeout", "100ms");
    assert.equal(await code(), 2);
  });
});
