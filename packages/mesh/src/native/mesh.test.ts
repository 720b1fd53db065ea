import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { suite, test } from "node:test";
import type { LabError } from "@envoy-mesh-lab/trace";
import { ExitCode } from "@envoy-mesh-lab/trace";
import { readMesh } from "../runtime/mesh.ts";
import { meshDown, meshStatus, partAction } from "./mesh.ts";
import { portError } from "./port-holder.ts";
import { fixtureMesh, twoServices, until } from "./testing/fixture-mesh.ts";

suite("a native mesh", () => {
  test("comes up in order, is described, and goes down without a trace", async (t) => {
    const mesh = await fixtureMesh(t, twoServices);
    const result = await mesh.up();
    assert.deepEqual(result.started, ["store", "web"]);
    assert.equal(result.wasRunning, false);
    const status = await meshStatus(mesh.name);
    assert.equal(status.supervisor, "running");
    assert.deepEqual(
      status.parts.map(({ name, state }) => [name, state]),
      [
        ["store", "healthy"],
        ["web", "healthy"],
      ],
    );
    assert.match(await readFile((await mesh.part("web")).log, "utf8"), /listening on 127\.0\.0\.1/);
    const found = await readMesh(mesh.name);
    assert.equal(found.runtime?.name, "native");
    assert.equal(found.hostPort("web", mesh.ports.web ?? 0), mesh.ports.web);
    assert.throws(() => found.hostPort("web", 1), /declares no port 1/);

    assert.deepEqual(await meshDown(mesh.name), { wasRunning: true, orphans: [] });
    assert.equal(await portError(mesh.ports.web ?? 0), undefined);
    assert.equal(existsSync(join(mesh.folder, "state")), false);
    assert.equal((await meshStatus(mesh.name)).supervisor, "none");
    assert.deepEqual(await meshDown(mesh.name), { wasRunning: false, orphans: [] });
  });

  test("gives a part its own environment and little of the user's", async (t) => {
    process.env.OTEL_SERVICE_NAME = "leaked";
    t.after(() => delete process.env.OTEL_SERVICE_NAME);
    const mesh = await fixtureMesh(t, { web: { environment: { GREETING: "hello $NAME" } } });
    await mesh.up({ env: { ...mesh.name.env, NAME: "you" } });
    const { env } = await mesh.get("web");
    assert.equal(env.GREETING, "hello you");
    assert.equal(env.OTEL_SERVICE_NAME, undefined);
    const allowed = [
      "PATH",
      "HOME",
      "TMPDIR",
      "LANG",
      "LISTEN",
      "GREETING",
      "ENVOY_MESH_LAB_RUN",
      "ENVOY_MESH_LAB_PART",
    ];
    assert.deepEqual(
      Object.keys(env).filter((name) => !allowed.includes(name)),
      [],
    );
  });

  test("moves every port by the shift", async (t) => {
    const mesh = await fixtureMesh(t, twoServices);
    await mesh.up({ portShift: 500 });
    const found = await readMesh(mesh.name);
    const port = found.hostPort("web", mesh.ports.web ?? 0);
    assert.equal(port, (mesh.ports.web ?? 0) + 500);
    assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 200);
  });

  test("keeps a named volume on down, and removes it when asked", async (t) => {
    const mesh = await fixtureMesh(t, { web: {} });
    const compose = JSON.parse(await readFile(join(mesh.folder, "compose.yaml"), "utf8"));
    compose.services.web.volumes = ["data:/var/data", "/var/scratch"];
    compose.services.web.environment.DATA = "/var/data/file";
    await writeFile(join(mesh.folder, "compose.yaml"), JSON.stringify({ ...compose, volumes: { data: {} } }));
    await mesh.up();
    const { env } = await mesh.get("web");
    assert.equal(env.DATA, join(mesh.stateFolder, "volumes/data/file"));
    assert.ok(existsSync(join(mesh.stateFolder, "anonymous/web")));
    await writeFile(env.DATA ?? "", "kept");
    await meshDown(mesh.name);
    assert.equal(await readFile(env.DATA ?? "", "utf8"), "kept");
    assert.equal(existsSync(join(mesh.stateFolder, "anonymous")), false);
    await meshDown({ ...mesh.name, volumes: true });
    assert.equal(existsSync(join(mesh.folder, "state")), false);
  });

  test("changes nothing when nothing changed, restarts what changed, stops what is gone", async (t) => {
    const mesh = await fixtureMesh(t, { ...twoServices, extra: {} });
    await mesh.up();
    const before = { web: (await mesh.get("web")).pid, store: (await mesh.get("store")).pid };
    const same = await mesh.up();
    assert.equal(same.wasRunning, true);
    assert.deepEqual([same.started, same.restarted, same.removed], [[], [], []]);
    assert.equal((await mesh.get("web")).pid, before.web);

    await mesh.write({ ...twoServices, web: { ...twoServices.web, environment: { NEW: "1" } } });
    const changed = await mesh.up();
    assert.deepEqual(
      [changed.restarted, changed.removed, changed.unchanged],
      [["web"], ["extra"], ["store"]],
    );
    assert.equal((await mesh.get("store")).pid, before.store);
    assert.notEqual((await mesh.get("web")).pid, before.web);
    assert.equal((await mesh.get("web")).env.NEW, "1");
    await assert.rejects(mesh.get("extra"));
  });

  test("restarts a part whose configuration file changed", async (t) => {
    const mesh = await fixtureMesh(t, { web: {}, other: {} });
    const config = join(mesh.folder, "web.yaml");
    await writeFile(config, `listen: web:${mesh.ports.web} # here\n`);
    await mesh.write({
      web: { volumes: ["./web.yaml:/etc/web.yaml:ro"], environment: { CONFIG: "/etc/web.yaml" } },
      other: {},
    });
    await mesh.up();
    const derived = (await mesh.get("web")).env.CONFIG ?? "";
    assert.equal(
      await readFile(derived, "utf8"),
      `listen: 127.0.0.1:${mesh.ports.web} # here\n# Made from ${config} for a native run; edit that file, not this one.\n`,
    );
    await writeFile(config, `listen: web:${mesh.ports.web} # there\n`);
    assert.deepEqual((await mesh.up()).restarted, ["web"]);
    assert.match(await readFile(derived, "utf8"), /# there/);
  });

  test("stops one part until it is wanted again, and restarts one", async (t) => {
    const mesh = await fixtureMesh(t, twoServices);
    await mesh.up();
    const { pid } = await mesh.get("store");
    await partAction("stop", "store", mesh.name);
    assert.equal((await mesh.part("store")).state, "stopped");
    assert.equal((await mesh.part("web")).state, "healthy");
    assert.deepEqual((await mesh.up({ parts: ["store"] })).started, ["store"]);
    const second = await mesh.get("store");
    assert.notEqual(second.pid, pid);
    await partAction("restart", "store", mesh.name);
    await until("store is healthy", async () => (await mesh.part("store")).state === "healthy");
    assert.notEqual((await mesh.get("store")).pid, second.pid);
    await assert.rejects(partAction("stop", "nothing", mesh.name), {
      hint: "The parts are: store, web.",
      exitCode: ExitCode.usage,
    });
  });

  test("starts only the named parts and what they depend on", async (t) => {
    const mesh = await fixtureMesh(t, { ...twoServices, extra: {} });
    const { started } = await mesh.up({ parts: ["web"] });
    assert.deepEqual(started, ["store", "web"]);
    await assert.rejects(mesh.up({ parts: ["wbe"] }), {
      message: 'there is no part "wbe"',
      exitCode: ExitCode.usage,
    });
  });

  test("names the process that holds a port, before anything starts", async (t) => {
    const mesh = await fixtureMesh(t, twoServices);
    const servers = await Promise.all(
      [mesh.ports.web, mesh.ports.store].map(
        (port) =>
          new Promise<ReturnType<typeof createServer>>((resolve) => {
            const server = createServer().listen(port, "127.0.0.1", () => resolve(server));
          }),
      ),
    );
    t.after(() => {
      for (const server of servers) {
        server.close();
      }
    });
    await assert.rejects(mesh.up(), (error: LabError) => {
      assert.equal(error.exitCode, ExitCode.portTaken);
      for (const name of ["web", "store"]) {
        assert.match(
          error.message,
          new RegExp(`port ${mesh.ports[name]} of ${name} is taken by process ${process.pid} \\(`),
        );
      }
      return true;
    });
    assert.equal(existsSync(join(mesh.folder, "state")), false);
  });

  test("runs one-shot parts first and waits for their success", async (t) => {
    const mesh = await fixtureMesh(t, {
      prepare: {
        command: ["-e", "console.log('prepared')"],
        "x-native": { program: "node" },
        environment: {},
      },
      web: { depends_on: { prepare: { condition: "service_completed_successfully" } } },
    });
    await mesh.up();
    const prepare = await mesh.part("prepare");
    assert.deepEqual([prepare.state, prepare.exitCode], ["exited", 0]);
    assert.match(await readFile(prepare.log, "utf8"), /prepared/);
  });

  test("gives a folder without a mesh no state", async (t) => {
    const mesh = await fixtureMesh(t, twoServices);
    await mkdir(join(mesh.folder, "state"), { recursive: true });
    assert.equal((await meshStatus(mesh.name)).supervisor, "none");
    const found = await readMesh({ ...mesh.name, env: { ...mesh.name.env, EDGE_PORT: "9999" } });
    assert.equal(found.runtime, undefined);
    assert.equal(found.urls.edge, "http://127.0.0.1:9999");
    assert.equal(found.hostPort("tempo-proxy", 3200), 3200);
    assert.throws(() => found.hostPort("gateway", 8081), /not published by Docker/);
    await rm(join(mesh.folder, "state"), { recursive: true });
  });
});
