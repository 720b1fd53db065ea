import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { ensurePrograms } from "@envoy-mesh-lab/mesh";
import { listeningOf } from "./listening.ts";
import { mesh } from "./mesh.ts";

// The files as they are in the repository, that is as the containers get them.
const programs = await ensurePrograms(["envoy", "otelcol-contrib", "tempo", "compose-model"]);
const run = (program: { path: string }, ...args: string[]) =>
  execFileSync(program.path, args, { encoding: "utf8", cwd: repoRoot, stdio: ["ignore", "pipe", "pipe"] });

interface Model {
  project: { services: object };
}

for (const file of readdirSync(join(repoRoot, "envoy")).filter((it) => it !== "kustomization.yaml")) {
  test(`Envoy accepts envoy/${file}`, () => {
    // Envoy looks for the certificate where the container has it.
    const text = readFileSync(join(repoRoot, "envoy", file), "utf8").replaceAll(
      "/etc/envoy/tempo.pem",
      join(repoRoot, "tls/tempo.pem"),
    );
    run(programs.envoy, "--mode", "validate", "--config-yaml", text);
  });
}

test("the Collector accepts otel-collector.yaml", () => {
  run(programs["otelcol-contrib"], "validate", "--config", "otel-collector.yaml");
});

test("Tempo accepts tempo.yaml", () => {
  run(programs.tempo, "-config.file=tempo.yaml", "-config.verify=true");
});

test("compose-go accepts compose.yaml, and every part of it runs", () => {
  const { project } = JSON.parse(run(programs["compose-model"], "compose.yaml")) as Model;
  assert.deepEqual(Object.keys(project.services).sort(), mesh.services.map((it) => it.name).sort());
});

const linux = process.platform === "linux";
test("everything that the mesh listens on is on 127.0.0.1", { skip: !linux && "needs /proc" }, () => {
  const listening = listeningOf(mesh.services.map(({ process: part }) => part?.pid));
  assert.ok(listening.length > mesh.services.length, "the sockets were found");
  assert.deepEqual(
    listening.filter(({ address }) => address !== "0100007F"),
    [],
    "in the kernel's spelling, 127.0.0.1 is 0100007F",
  );
});
