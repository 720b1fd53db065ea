import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { ensurePrograms } from "@envoy-mesh-lab/mesh";
import { mesh } from "./mesh.ts";

// The files as they are in the repository, that is as the containers get them.
const programs = await ensurePrograms(["envoy", "otelcol-contrib", "tempo", "compose-model"]);
const run = (program: { path: string }, ...args: string[]) =>
  execFileSync(program.path, args, { encoding: "utf8", cwd: repoRoot, stdio: ["ignore", "pipe", "pipe"] });

type Model = { project: { services: object } };

for (const file of readdirSync(join(repoRoot, "envoy"))) {
  test(`Envoy accepts envoy/${file}`, () => {
    run(programs.envoy, "--mode", "validate", "-c", join("envoy", file));
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

// Read from the kernel's tables (proc_pid_net(5)), which say it of every port, also of one that nobody declared.
const linux = process.platform === "linux";
test("everything that the mesh listens on is on 127.0.0.1", { skip: !linux && "needs /proc" }, () => {
  const sockets = mesh.services.flatMap(({ process: part }) => socketsOf(part?.pid));
  const listening = ["tcp", "tcp6"]
    .flatMap((table) => readFileSync(`/proc/net/${table}`, "utf8").trim().split("\n").slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === "0A" && sockets.includes(`socket:[${fields[9]}]`))
    .map((fields) => String(fields[1]));
  assert.ok(listening.length > mesh.services.length, "the sockets were found");
  assert.deepEqual(
    listening.filter((address) => !address.startsWith("0100007F:")),
    [],
    "in the kernel's spelling, 127.0.0.1 is 0100007F",
  );
});

function socketsOf(pid: number | undefined): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).flatMap((fd) => {
    try {
      return [readlinkSync(join(folder, fd))];
    } catch {
      // Closed since it was listed.
      return [];
    }
  });
}
