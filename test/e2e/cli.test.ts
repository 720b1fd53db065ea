import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { createProgram } from "@envoy-mesh-lab/lab";
import { meshFolder, partAction } from "@envoy-mesh-lab/mesh";
import { allWell } from "./faults.ts";
import type { Run } from "./lab-command.ts";
import { lab, labWith } from "./lab-command.ts";
import { edgeUrl, mesh, parts, until } from "./mesh.ts";

const json = (run: Run) => JSON.parse(run.stdout);
/** The process of each part, by which a part that was restarted is told from one that runs on. */
const processes = async () =>
  json(await lab("status", "--json")).parts.map((it: { process: object }) => it.process);

suite("call, trace and check", () => {
  test("lab call --json gives the trace id, and lab trace and lab check find that trace", async () => {
    const called = await lab("call", "--json");
    assert.equal(called.code, 0, called.stderr);
    const { traceId, code, rpc } = json(called);
    assert.match(traceId, /^[0-9a-f]{32}$/);
    assert.deepEqual([code, rpc], ["ok", "cafe.v1.CafeService/OrderDrink"]);

    const drawn = await lab("trace", "last");
    assert.equal(drawn.code, 0, drawn.stderr);
    assert.match(drawn.stdout, new RegExp(`trace ${traceId}: 11 spans`));
    assert.match(drawn.stdout, /● app .*└ backend\s+SERVER/);
    assert.match(drawn.stdout, /○ proxy .*└ backend-proxy inbound\s+CLIENT/);

    const checked = await lab("check", traceId, "--json");
    assert.equal(checked.code, 0, checked.stderr);
    assert.deepEqual(json(checked).findings, []);
  });

  test("lab trace last is the newest of the mesh, whoever made the request", async (t) => {
    await lab("call");
    const answer = await fetch(`${edgeUrl}/cafe.v1.CafeService/OrderDrink`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "espresso" }),
    });
    const drawn = await lab("trace", "last");
    assert.match(drawn.stdout, new RegExp(`trace ${answer.headers.get("x-trace-id")}: 11 spans`));

    // A mesh of which lab knows two addresses only has no log to read, and Tempo may not have found the trace yet.
    const project = `${mesh.project}-elsewhere`;
    t.after(() => rmSync(meshFolder(project).root, { recursive: true }));
    const elsewhere = {
      ...{ COMPOSE_PROJECT_NAME: project, LAB_PORT_SHIFT: "0" },
      ...{ LAB_EDGE_URL: edgeUrl, LAB_TEMPO_URL: mesh.urls.tempo },
    };
    const called = json(await labWith(elsewhere, "call", "--json"));
    const itsOwn = await labWith(elsewhere, "trace", "last");
    assert.match(itsOwn.stdout, new RegExp(`trace ${called.traceId}: 11 spans`), itsOwn.stderr);
  });

  test("lab call -n makes as many calls, each with a trace of its own", async () => {
    const called = await lab("call", "-n", "3", "--json");
    const ids = json(called).map((it: { traceId: string }) => it.traceId);
    assert.equal(new Set(ids).size, 3);
  });

  test("a call that fails is reported with its code, and exits with 11", async () => {
    const called = await lab("call", "--fail", "unavailable");
    assert.equal(called.code, 11);
    assert.match(called.stdout, /unavailable/);
    assert.match(called.stdout, /trace [0-9a-f]{32}/);
  });

  test("a call that an Envoy answers by itself ends at once, and is reported with the Envoy's answer", async () => {
    await partAction("stop", "gateway");
    try {
      // The sidecar takes a moment to see that its service is gone.
      const called = await until(
        () => lab("call", "--json"),
        (it) => it.code === 11,
      );
      assert.equal(called.code, 11, "it ends by itself");
      assert.equal(json(called).code, "unavailable");
      assert.match(json(called).traceId, /^[0-9a-f]{32}$/);
    } finally {
      await partAction("start", "gateway");
      await allWell();
    }
  });

  test("lab check --from names the edge that is wrong, and exits with 1", async () => {
    const checked = await lab("check", "--from", "packages/trace/recorded/broken-meshes/no-tracer.json");
    assert.equal(checked.code, 1);
    assert.match(checked.stdout, /hop\.missing {2}gateway CLIENT > backend-proxy inbound SERVER/);
  });
});

suite("status and logs", () => {
  test("lab status --json tells state, address, version and log of each part", async () => {
    const run = await lab("status", "--json");
    assert.equal(run.code, 0, run.stderr);
    const known = json(run).parts as {
      name: string;
      state: string;
      version: string;
      log: string;
      ports: object[];
    }[];
    assert.deepEqual(known.map((it) => it.name).sort(), [...parts].sort());
    for (const part of known) {
      assert.equal(part.state, "healthy", part.name);
      assert.ok(part.version && part.log && part.ports.length > 0, part.name);
    }
  });

  test("lab logs of a part prints its lines", async () => {
    const run = await lab("logs", "gateway");
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stdout, /"service.name":"gateway"/);
  });
});

suite("bad input has a clear error and its own exit code", () => {
  const unknownId = "0123456789abcdef0123456789abcdef";
  const cases: [name: string, args: string[], code: number, words: RegExp][] = [
    ["an unknown command", ["cal"], 2, /unknown command 'cal'[\s\S]*call/],
    ["an unknown flag", ["call", "--protcol", "grpc"], 2, /unknown option '--protcol'[\s\S]*--protocol/],
    ["an unknown protocol", ["call", "--protocol", "soap"], 2, /connect, grpc, grpc-web/],
    ["an unknown RPC", ["call", "OrderCake"], 2, /OrderCake[\s\S]*OrderDrink \(unary\)/],
    ["an RPC of another kind", ["call", "OrderDrink", "--kind", "bidi"], 2, /unary, not bidi/],
    ["an unknown code", ["call", "--fail", "tired"], 2, /Connect code/],
    ["a number out of range", ["call", "--work", "-5"], 2, /whole number from 0 to 60000/],
    ["an unknown part", ["logs", "fronted"], 2, /fronted[\s\S]*gateway/],
    ["no trace id", ["trace", "xyz"], 2, /"xyz" is not a trace id/],
    ["trace ids for --modes", ["compare", "last", "--modes"], 2, /takes no trace ids/],
    ["an option of --modes alone", ["compare", "--rounds", "5"], 2, /--rounds says how[\s\S]*add --modes/],
    ["a file that is not there", ["check", "--from", "nowhere.json"], 2, /nowhere\.json/],
    [
      "a URL that is none",
      ["trace", "--tempo", "nowhere"],
      2,
      /--tempo or LAB_TEMPO_URL: "nowhere" is not an http/,
    ],
    [
      "a Tempo that does not answer",
      ["trace", unknownId, "--tempo", "http://127.0.0.1:9"],
      3,
      /cannot reach Tempo/,
    ],
    ["an edge that does not answer", ["call", "--edge", "http://127.0.0.1:9"], 11, /unavailable/],
    ["a compose file that is not there", ["up", "-f", "nowhere.yaml", "-p", "nowhere"], 2, /nowhere\.yaml/],
    [
      "a compose file that is not there, for any command",
      ["status", "-f", "nowhere.yaml"],
      2,
      /nowhere\.yaml/,
    ],
    ["a mesh that does not run", ["call", "-p", "nowhere"], 3, /the mesh nowhere does not run/],
  ];
  for (const [name, args, code, words] of cases) {
    test(`${name}: lab ${args.join(" ")}`, async () => {
      const run = await lab(...args);
      assert.match(run.stderr + run.stdout, words);
      assert.equal(run.code, code, run.stderr);
    });
  }

  test("a trace id that nobody has seen: says so after a while", async () => {
    const run = await labWith({ LAB_TRACE_TIMEOUT: "1000" }, "trace", unknownId);
    assert.equal(run.code, 10);
    assert.match(run.stderr, /no log knows this trace id/);
  });

  test("an Envoy configuration that Envoy rejects: Envoy's own words, and nothing is restarted", async () => {
    const folder = mkdtempSync(join(tmpdir(), "envoy-mesh-lab-"));
    try {
      writeFileSync(join(folder, "envoy.yaml"), "static_resources: { listners: [] }\n");
      const override = join(folder, "compose.yaml");
      writeFileSync(
        override,
        `services: { edge: { volumes: ["${folder}/envoy.yaml:/etc/envoy/envoy.yaml:ro"] } }\n`,
      );
      const before = await processes();
      const run = await lab("up", "-f", "compose.yaml", "-f", override);
      assert.equal(run.code, 8, run.stderr);
      assert.match(run.stderr, /listners/);
      assert.deepEqual(await processes(), before);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("settings that a service refuses: the service's own words, and nothing is restarted", async () => {
    const before = await processes();
    const run = await labWith({ BACKEND_PROTOCOL: "soap" }, "up");
    assert.equal(run.code, 8, run.stderr);
    assert.match(
      run.stderr,
      /gateway rejects its configuration:[\s\S]*BACKEND_PROTOCOL="soap": expected one of same/,
    );
    assert.deepEqual(await processes(), before);
  });
});

suite("every command has --help with an example", async () => {
  for (const command of (await createProgram()).commands) {
    test(`lab ${command.name()} --help`, async () => {
      const run = await lab(command.name(), "--help");
      assert.equal(run.code, 0);
      assert.match(run.stdout, /Examples?:\n {2}(lab|LAB_)/);
    });
  }
});

test("the mesh of the tests is not the user's", () => {
  assert.notEqual(mesh.project, "envoy-mesh-lab");
});
