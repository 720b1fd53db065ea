import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { test } from "node:test";
import { isWell, meshFolder, meshStatus, requireRuntime } from "@envoy-mesh-lab/mesh";
import { listeningOf } from "./listening.ts";
import { logLines, mesh } from "./mesh.ts";

// What a page of another site can make a browser on this machine send: to every port that anything of the mesh listens on,
// declared or not, whatever in it might be changed or ended.

/** What changes something somewhere: in Envoy's admin page, Tempo, the Collector, the supervisor, the services. */
const paths = [
  ...[
    "/quitquitquit",
    "/healthcheck/fail",
    "/drain_listeners",
    "/drain_listeners?graceful",
    "/reset_counters",
  ],
  ...["/logging?level=trace", "/runtime_modify?lab=evil", "/cpuprofiler?enable=y", "/heapprofiler?enable=y"],
  ...[
    "/shutdown",
    "/flush",
    "/api/overrides",
    "/partition-ring",
    "/partition/ring",
    "/ingester/ring",
    "/memberlist",
  ],
  ...[
    "/converge",
    "/look",
    "/parts/edge/stop",
    "/parts/tempo/kill",
    "/-/quit",
    "/-/reload",
    "/debug/telemetry",
  ],
  ...["/v1/traces", "/cafe.v1.CafeService/OrderDrink", "/kitchen.v1.KitchenService/BrewDrink"],
];

interface Kind {
  method: string;
  host?: string;
  headers: Record<string, string>;
  body?: string;
}
const crossSite = {
  origin: "https://evil.example",
  "sec-fetch-site": "cross-site",
  "sec-fetch-mode": "no-cors",
};
const order = JSON.stringify({ name: "evil" });
/** The requests that need no preflight (Fetch standard, CORS-safelisted), and those of a page whose name leads here. */
const kinds: Record<string, Kind> = {
  image: { method: "GET", headers: { ...crossSite, "sec-fetch-dest": "image" } },
  form: {
    method: "POST",
    headers: { ...crossSite, "content-type": "application/x-www-form-urlencoded" },
    body: "a=b",
  },
  text: { method: "POST", headers: { ...crossSite, "content-type": "text/plain" }, body: order },
  untyped: { method: "POST", headers: crossSite, body: order },
  "rebinding page that asks": {
    method: "GET",
    host: "evil.example",
    headers: { "sec-fetch-site": "same-origin" },
  },
  "rebinding page that sends": {
    method: "POST",
    host: "evil.example",
    headers: { "sec-fetch-site": "same-origin", "content-type": "application/json" },
    body: order,
  },
};

/** The status of the answer; undefined where no HTTP/1.1 is spoken, as on ports for gRPC alone. */
function send(port: number, path: string, { method, host = "127.0.0.1", headers, body }: Kind) {
  return new Promise<number | undefined>((resolve) => {
    const options = { host: "127.0.0.1", port, path, method, agent: false, timeout: 5_000 };
    const sent = request({ ...options, headers: { ...headers, host: `${host}:${port}` } }, (response) => {
      response.resume();
      response.once("close", () => resolve(response.statusCode));
    });
    sent.once("timeout", () => sent.destroy());
    sent.once("error", () => resolve(undefined));
    sent.end(body);
  });
}

const envoys = { edge: 9901, "gateway-proxy": 15000, "backend-proxy": 15100, "tempo-proxy": 15200 };

/** Everything that such a request might have changed. */
async function facts() {
  const { parts } = await meshStatus({}, true);
  const runtime = requireRuntime(mesh);
  const stats = async (part: string, port: number) => {
    const text = (await runtime.get(part, port, "/stats")).join("\n");
    const names = [
      "runtime.admin_overrides_active",
      "listener_manager.total_listeners_draining",
      "server.live",
    ];
    return names.map(
      (name) => new RegExp(`^${name}: \\d+$`, "m").exec(text)?.[0] ?? `${part} has no ${name}`,
    );
  };
  return {
    parts: parts.map((it) => [it.name, it.process?.pid, it.restarts, isWell(it)]),
    envoys: await Promise.all(Object.entries(envoys).map(([part, port]) => stats(part, port))),
    tempo: await runtime.get("tempo-proxy", 3200, "/ready"),
    orders: ["gateway", "backend"].map(
      (it) => logLines(it).filter(({ msg }) => msg === "rpc finished").length,
    ),
  };
}

const linux = process.platform === "linux";
test("no page of another site changes anything, on whatever port", {
  skip: !linux && "needs /proc",
}, async () => {
  const before = await facts();
  assert.ok(before.parts.every(([, , , isWell]) => isWell));
  const { supervisor } = JSON.parse(readFileSync(meshFolder(mesh.project).state, "utf8"));
  const pids = [supervisor.pid, ...mesh.services.map((it) => it.process?.pid)];
  const ports = listeningOf(pids).map(({ port }) => port);
  const declared = mesh.services.flatMap((it) => it.ports.map(({ host }) => host));
  assert.deepEqual(
    declared.filter((port) => !ports.includes(port)),
    [],
    "every declared port is walked",
  );
  assert.ok(ports.length > declared.length, "and those that nobody declared, as the supervisor's is");

  const served: string[] = [];
  for (const [name, kind] of Object.entries(kinds)) {
    await Promise.all(
      ports.map(async (port) => {
        for (const path of paths) {
          const status = await send(port, path, kind);
          if (status !== undefined && status < 400) served.push(`${name}: ${kind.method} ${path} at ${port}`);
        }
      }),
    );
  }

  assert.deepEqual(await facts(), before);
  // What answers at all: the Collector's health check, which answers every path with its health and takes nothing; the
  // services' counts, which are read only; and OTLP over HTTP, for a page that gave its own name this address, which can
  // add a trace as every caller can.
  const port = (part: string, container: number) => mesh.hostPort(part, container);
  const harmless = (line: string) =>
    line.endsWith(` at ${port("otel-collector", 13133)}`) ||
    /^image: GET \/debug\/telemetry at /.test(line) ||
    line === `rebinding page that sends: POST /v1/traces at ${port("otel-collector", 4318)}`;
  assert.deepEqual(
    served.filter((line) => !harmless(line)),
    [],
  );
});
