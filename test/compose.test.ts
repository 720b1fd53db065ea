import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { adminPorts, ensurePrograms, labParts, servicePorts } from "@envoy-mesh-lab/mesh";

// Holds every container to the rules, as Docker Compose would run it: all files merged, all profiles on.
interface Service {
  image?: string;
  user?: string;
  init?: boolean;
  read_only?: boolean;
  privileged?: boolean;
  cap_add?: string[];
  cap_drop?: string[];
  security_opt?: string[];
  pids_limit?: number;
  mem_limit?: string;
  restart?: string;
  network_mode?: string;
  logging?: { driver?: string; options?: Record<string, string> };
  healthcheck?: { test?: string[] };
  depends_on?: Record<string, { condition: string }>;
  ports?: { host_ip?: string; published?: string; target?: number }[];
  expose?: string[];
  volumes?: { type: string; source: string; read_only?: boolean }[];
  environment?: Record<string, string>;
  secrets?: unknown;
}

const { path } = (await ensurePrograms(["compose-model"]))["compose-model"];
const modelOf = (...args: string[]) =>
  JSON.parse(execFileSync(path, args, { cwd: repoRoot, env: { PATH: process.env.PATH }, encoding: "utf8" }))
    .project as { services: Record<string, Service>; volumes: Record<string, object> };
const all = modelOf("-profile", "*", "--", "compose.yaml", "compose.modes.yaml");

// Their images hold one program, which cannot ask itself how it is.
const cannotBeAsked = ["otel-collector", "tempo"];
// It runs once and ends.
const runsOnce = ["load"];

for (const [name, it] of Object.entries(all.services)) {
  suite(name, () => {
    test("can change nothing but what it is given, and has no rights", () => {
      assert.equal(it.read_only, true, "read_only");
      assert.deepEqual(it.cap_drop, ["ALL"], "cap_drop");
      assert.deepEqual(it.cap_add ?? [], [], "cap_add");
      assert.equal(it.privileged ?? false, false, "privileged");
      assert.deepEqual(it.security_opt, ["no-new-privileges:true"], "security_opt");
      for (const volume of it.volumes ?? []) {
        assert.ok(volume.type === "volume" || volume.read_only, `${volume.source} is mounted to be read`);
      }
    });

    test("has bounds, for memory, processes and logs, and is started again", () => {
      assert.ok(Number(it.mem_limit) > 0, "mem_limit");
      assert.ok(Number(it.pids_limit) > 0, "pids_limit");
      assert.equal(it.init, true, "init");
      assert.equal(it.logging?.driver, "json-file");
      assert.match(it.logging?.options?.["max-size"] ?? "", /^\d+m$/);
      assert.ok(Number(it.logging?.options?.["max-file"]) > 1, "max-file");
      assert.equal(it.restart, runsOnce.includes(name) ? "no" : "unless-stopped");
    });

    test("is reached from this machine only", () => {
      for (const { host_ip, published } of it.ports ?? []) {
        assert.equal(host_ip, "127.0.0.1", published);
      }
      assert.notEqual(it.network_mode, "host");
    });

    test("is pinned, and has a health check, which those wait for that need it", () => {
      assert.match(it.image ?? "", /:v?\d+\.\d+\.\d+(@sha256:[0-9a-f]{64})?$/);
      const mayLack = cannotBeAsked.includes(name) || runsOnce.includes(name);
      assert.notEqual((it.healthcheck?.test ?? []).length > 0, mayLack, "healthcheck");
      for (const [needed, { condition }] of Object.entries(it.depends_on ?? {})) {
        assert.equal(
          condition,
          cannotBeAsked.includes(needed) ? "service_started" : "service_healthy",
          needed,
        );
      }
    });

    test("is told no secret", () => {
      assert.equal(it.secrets, undefined);
      const names = Object.keys(it.environment ?? {});
      assert.deepEqual(
        names.filter((key) => /PASSWORD|SECRET|TOKEN|CREDENTIAL|_KEY$/.test(key)),
        [],
      );
    });
  });
}

test("what the code calls the parts and their ports is what the compose files say", () => {
  for (const { service, port } of [...Object.values(labParts), ...servicePorts, ...adminPorts]) {
    const { ports = [], expose = [] } = all.services[service] ?? {};
    const declared = [...ports.map((it) => it.target), ...expose.map(Number)];
    assert.ok(declared.includes(port), `${service} declares no port ${port}`);
  }
});

test("the default stays small: load, Grafana and the page are behind profiles", () => {
  const usual = Object.keys(modelOf("--", "compose.yaml").services);
  const every = Object.keys(modelOf("-profile", "*", "--", "compose.yaml").services);
  const extra = every.filter((it) => !usual.includes(it));
  assert.deepEqual(extra.sort(), ["grafana", "load", "page"]);
});

test("what must last is in named volumes, and nothing else is", () => {
  assert.deepEqual(Object.keys(all.volumes).sort(), ["otel-collector-queue", "page-session", "tempo-data"]);
});

test("the images that are built here hold production dependencies, run no script of theirs, and are not root's", () => {
  const stages = readFileSync(join(repoRoot, "Dockerfile"), "utf8").split(/^(?=FROM )/m);
  const built = stages.filter((it) => /^ENTRYPOINT/m.test(it));
  assert.equal(built.length, 3);
  for (const stage of built) {
    assert.match(stage, /^USER node$/m);
    assert.match(stage, /npm ci --omit=dev --ignore-scripts/);
  }
  assert.match(stages.find((it) => it.startsWith("FROM node")) ?? "", /^FROM node:\d+\.\d+\.\d+-slim /);
});
