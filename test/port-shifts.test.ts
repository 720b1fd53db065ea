import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { labParts } from "@envoy-mesh-lab/mesh";
import { parse } from "yaml";
import { portShifts } from "./port-shifts.ts";

interface Compose {
  readonly services?: Record<string, { readonly ports?: unknown[]; readonly expose?: unknown[] }>;
}

/** Where Linux begins with the ports of outgoing connections, unless it is told otherwise (ip_local_port_range). */
const firstEphemeralPort = 32_768;

/** The ports that a compose file has its services listen at: `${EDGE_PORT:-8080}:8080` is 8080. */
function portsIn(file: string): number[] {
  const { services = {} } = parse(readFileSync(join(repoRoot, file), "utf8"), { merge: true }) as Compose;
  return Object.values(services).flatMap(({ ports = [], expose = [] }) =>
    [...ports, ...expose].flatMap((it) => [...String(it).matchAll(/\d{4,5}/g)].map(Number)),
  );
}

test("meshes of tests that run at a time never want the same port", () => {
  const ofMesh = new Set(portsIn("compose.yaml"));
  const ofExercises = new Set([
    ...ofMesh,
    ...globSync("exercises/*/compose.yaml", { cwd: repoRoot }).flatMap(portsIn),
  ]);
  assert.ok(ofMesh.has(8080) && ofMesh.size > 10, [...ofMesh].join(" "));
  const { exercises, kubernetes, ...others } = portShifts;
  const owners = new Map<number, string>();
  const take = (owner: string, ports: Iterable<number>, shift: number) => {
    for (const port of ports) {
      const moved = port + shift;
      assert.ok(moved < firstEphemeralPort, `${owner} would have ${moved}`);
      assert.equal(owners.get(moved), undefined, `${owner} would have ${moved} (${port}) too`);
      owners.set(moved, owner);
    }
  };
  for (const [owner, shift] of Object.entries(others)) take(owner, ofMesh, shift);
  const { edge, tempo, spans, page } = labParts;
  const ofCluster = [edge, tempo, spans, page].map(({ port }) => port);
  for (const [name, shift] of Object.entries(kubernetes)) take(`kubernetes ${name}`, ofCluster, shift);
  for (const [i, shift] of exercises.entries()) take(`exercises ${i + 1}`, ofExercises, shift);
});
