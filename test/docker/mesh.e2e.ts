import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { expectedHopsFile } from "@envoy-mesh-lab/bootstrap";
import { checkTrace } from "@envoy-mesh-lab/check";
import { readExpected } from "@envoy-mesh-lab/check/node";
import { createTransports, protocols } from "@envoy-mesh-lab/connections";
import type { CallResult } from "@envoy-mesh-lab/load";
import { call, findRpc, kinds } from "@envoy-mesh-lab/load";
import { MeshService } from "@envoy-mesh-lab/proto/page/v1/mesh_pb.ts";
import { SessionService } from "@envoy-mesh-lab/proto/page/v1/session_pb.ts";
import { TracesService } from "@envoy-mesh-lab/proto/page/v1/traces_pb.ts";
import { waitForTrace } from "@envoy-mesh-lab/trace/node";
import { until } from "../until.ts";
import { testLab } from "./lab.ts";
import { prepareMesh } from "./mesh-in-docker.ts";
import { pullImages } from "./upstream-images.ts";

const expected = readExpected(expectedHopsFile);
const patienceMs = 60_000;
interface Dashboard {
  panels: { targets: { query: string }[] }[];
}
const mesh = await prepareMesh();

if (typeof mesh === "string") {
  console.log(`The mesh was NOT tried in Docker: ${mesh}`);
  test("the mesh in Docker", { skip: mesh }, () => {});
} else {
  const { docker, engine, project } = mesh;
  const mine = ["--filter", `label=com.docker.compose.project=${project}`];

  const order = async (
    protocol: (typeof protocols)[number],
    kind: (typeof kinds)[number],
  ): Promise<CallResult> => {
    const transports = createTransports({ url: mesh.edge });
    const quiet = { workMs: 0, failAfter: 0 };
    try {
      return await call(transports[protocol], {
        rpc: findRpc(undefined, kind),
        drink: "espresso",
        messages: 3,
        gateway: quiet,
        backend: quiet,
        timeoutMs: 30_000,
        headers: {},
      });
    } finally {
      transports.close();
    }
  };
  const assertWhole = async ({ code, message, traceId }: CallResult) => {
    assert.equal(code, "ok", message);
    const trace = await waitForTrace(
      mesh.tempo,
      traceId ?? "",
      patienceMs,
      (it) => checkTrace(it, expected).length === 0,
    );
    assert.ok(trace, `the trace ${traceId} arrives`);
    assert.deepEqual(checkTrace(trace, expected), []);
  };
  const up = () => docker.compose("up", "--build", "--wait", "--wait-timeout", "240");
  const idOf = (service: string) => docker.compose("ps", "--quiet", service);
  const inspect = async (id: string) => JSON.parse(await docker.run("inspect", id))[0];

  test("docker compose up --wait brings the mesh up", async () => {
    await up();
    const states = (await docker.compose("ps", "--format", "{{.Service}} {{.State}} {{.Health}}")).split(
      "\n",
    );
    assert.ok(states.length >= 7);
    for (const state of states) {
      assert.match(state, /running( healthy| *)$/);
    }
  });

  suite("one trace, with every proxy between the applications", () => {
    for (const kind of kinds) {
      for (const protocol of protocols) {
        test(`${kind} over ${protocol}`, async () => assertWhole(await order(protocol, kind)));
      }
    }
  });

  test("the profile `load` makes calls through the edge", async () => {
    assert.match(await docker.compose("run", "--rm", "--build", "load", "-n", "20"), /20 ok, 0 failed/);
  });

  test("the profile `grafana` shows the dashboard to whoever asks, and lets nobody change it", async (t) => {
    if (engine.isOwn) return t.skip("there is no native Grafana to build an image from");
    const missing = await pullImages(docker, [mesh.grafana.image]);
    if (missing !== undefined) return t.skip(missing);
    await docker.compose("--profile", "grafana", "up", "--wait", "--wait-timeout", "120", "grafana");
    const ask = (path: string, init?: RequestInit) => fetch(new URL(path, mesh.grafana.url), init);
    const found = await ask("/api/dashboards/uid/envoy-mesh-lab");
    assert.equal(found.status, 200);
    const { dashboard } = (await found.json()) as { dashboard: Dashboard };
    const question = new URLSearchParams({
      q: dashboard.panels[0]?.targets[0]?.query ?? "",
      since: "15m",
      step: "10s",
    });
    const answer = await ask(`/api/datasources/proxy/uid/tempo/api/metrics/query_range?${question}`);
    assert.match(await answer.text(), /gateway-proxy/);
    const headers = { "content-type": "application/json" };
    const change = { dashboard: { ...dashboard, id: null, uid: "other" } };
    const refused = await ask("/api/dashboards/db", {
      method: "POST",
      headers,
      body: JSON.stringify(change),
    });
    assert.ok([401, 403].includes(refused.status), `${refused.status}`);
  });

  test("the profile `page` serves the page, which controls nothing from its container, and says why", async () => {
    await docker.compose("--profile", "page", "up", "--build", "--wait", "--wait-timeout", "240", "page");
    const script = "packages/page-server/src/print-link.ts";
    const link = await docker.compose("--profile", "page", "exec", "-T", "page", "node", script);
    const opened = await fetch(link, { redirect: "manual" });
    const cookie = opened.headers.get("set-cookie")?.split(";")[0] ?? "";
    const page = await fetch(mesh.page, { headers: { cookie } });
    assert.match(await page.text(), /<script /);

    const transport = createConnectTransport({
      baseUrl: mesh.page,
      httpVersion: "1.1",
      interceptors: [
        (next) => (request) => {
          request.header.set("cookie", cookie);
          return next(request);
        },
      ],
    });
    const { noControls } = await createClient(SessionService, transport).getSession({});
    assert.match(noControls, /Docker's socket/);
    const { traceId = "" } = await order("connect", "unary");
    const traces = createClient(TracesService, transport);
    const { otlpJson } = await until(
      () => traces.getTrace({ traceId }).catch(() => ({ otlpJson: "" })),
      (it) => it.otlpJson !== "",
    );
    assert.match(otlpJson, /backend-proxy/);
    const shown = createClient(MeshService, transport).watchMesh({});
    for await (const { mesh: it } of shown) {
      if (it?.parts.filter(({ state }) => state === "running").length !== 8) continue;
      assert.match(it.noControl, /Docker's socket/);
      assert.deepEqual(it.problems, []);
      break;
    }
    await docker.compose("--profile", "page", "rm", "--stop", "--force", "page");
  });

  test("the published ports are on 127.0.0.1 only", async () => {
    const published = (await docker.run("ps", ...mine, "--format", "{{.Ports}}")).match(/\S+->/g) ?? [];
    assert.ok(published.length >= 2);
    for (const port of published) {
      assert.match(port, /^127\.0\.0\.1:/);
    }
  });

  test("no container runs as root but the Collector, none can write to its own files or gain rights", async () => {
    for (const id of (await docker.run("ps", ...mine, "--quiet")).split("\n")) {
      const { Config, HostConfig } = await inspect(id);
      const service = Config.Labels["com.docker.compose.service"];
      assert.equal(HostConfig.ReadonlyRootfs, true, service);
      assert.deepEqual(HostConfig.CapDrop, ["ALL"], service);
      assert.ok(HostConfig.Memory > 0, `${service} has a memory limit`);
      assert.ok(HostConfig.PidsLimit > 0, `${service} has a limit of processes`);
      assert.match(HostConfig.SecurityOpt.join(), /no-new-privileges/, service);
      const isRoot = Config.User === "" || /^(0|root)(:|$)/.test(Config.User);
      assert.equal(isRoot, service === "otel-collector", `${service} runs as ${Config.User || "root"}`);
    }
  });

  suite("each container is killed, and is whole again after docker compose up", () => {
    // What is killed by a command stays away until told otherwise, unlike what crashes.
    for (const service of mesh.services) {
      test(service, async () => {
        await docker.compose("kill", "--signal", "SIGKILL", service);
        await up();
        await assertWhole(await order("connect", "unary"));
      });
    }
  });

  test("no span is lost while the Collector is away", async () => {
    await docker.compose("kill", "--signal", "SIGKILL", "otel-collector");
    // Long enough for the Envoys, which ask every second, to learn that its name is gone.
    const calls: CallResult[] = [];
    for (const end = performance.now() + 4_000; performance.now() < end; await delay(500)) {
      calls.push(await order("connect", "unary"));
    }
    await up();
    for (const it of calls) {
      await assertWhole(it);
    }
  });

  test("a container that is back at another address gets every call from the first that gets through", async () => {
    const addressOf = async () => {
      const { Networks } = (await inspect(await idOf("gateway"))).NetworkSettings;
      return Object.values(Networks as Record<string, { IPAddress: string }>)[0]?.IPAddress;
    };
    const { Id, Image } = await inspect(await idOf("gateway"));
    const before = await addressOf();
    // Takes the address as soon as it is free, so that the gateway gets another.
    const idle = ["--entrypoint", "node", Image, "-e", "setInterval(() => {}, 60_000)"];
    const squatter = await docker.run("create", "--network", `${project}_default`, ...idle);
    try {
      await docker.run("rm", "--force", Id);
      await docker.run("start", squatter);
      await docker.compose("up", "--detach", "--no-deps", "gateway");
      assert.notEqual(await addressOf(), before);
      const deadline = performance.now() + patienceMs;
      while ((await order("connect", "unary")).code !== "ok") {
        assert.ok(performance.now() < deadline, "no call gets through");
        await delay(20);
      }
      // Longer than two health checks take to fail at the old address.
      const codes: string[] = [];
      for (const end = performance.now() + 6_000; performance.now() < end; await delay(20)) {
        codes.push((await order("connect", "unary")).code);
      }
      assert.deepEqual(new Set(codes), new Set(["ok"]));
    } finally {
      await docker.run("rm", "--force", squatter);
    }
    await up();
  });

  test("a part that crashes is started again by the engine", {
    skip: !engine.isOwn && "only root can end a container's process",
  }, async () => {
    const before = await inspect(await idOf("backend"));
    process.kill(before.State.Pid, "SIGKILL");
    const deadline = performance.now() + patienceMs;
    let now = before;
    while (!(now.RestartCount > before.RestartCount && now.State.Health.Status === "healthy")) {
      assert.ok(performance.now() < deadline, `backend is ${now.State.Status} ${now.State.Health?.Status}`);
      await delay(200);
      now = await inspect(before.Id);
    }
    await up();
    await assertWhole(await order("connect", "unary"));
  });

  test("docker compose down -v leaves nothing", async () => {
    await docker.compose("--profile", "*", "down", "--volumes");
    assert.equal(await docker.run("ps", "--all", "--quiet", ...mine), "");
    assert.equal(await docker.run("volume", "ls", "--quiet", ...mine), "");
    assert.equal(await docker.run("network", "ls", "--quiet", ...mine), "");
  });

  testLab(mesh);
}
