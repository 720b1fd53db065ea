import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";

// What docs/istio.md has users expect of their own meshes, held to the traces of those meshes in the corpus.

/** The case of the corpus that each file of samples/meshes/ is about, and one that it must not take for it. */
const cases: Readonly<Record<string, { is: string; isNot: string }>> = {
  "envoy-gateway.yaml": { is: "envoy-gateway-two-spans", isNot: "envoy-gateway-one-span" },
  "istio-waypoint.yaml": { is: "istio-waypoint-two-spans", isNot: "istio-waypoint" },
  "linkerd.yaml": { is: "linkerd-sidecars", isNot: "linkerd-app-without-spans" },
  "opentelemetry-operator.yaml": { is: "istio-ambient-ztunnel", isNot: "istio-waypoint" },
};

function check(file: string, name: string): number | null {
  const args = ["check", "--from", `samples/corpus/${name}/trace.json`, "--expect", `samples/meshes/${file}`];
  return spawnSync(process.execPath, ["lab/main.ts", ...args], { cwd: repoRoot }).status;
}

suite("the files of expectations for other meshes", () => {
  test("are all held", () => {
    assert.deepEqual(readdirSync(join(repoRoot, "samples/meshes")).sort(), Object.keys(cases).sort());
  });
  for (const [file, { is, isNot }] of Object.entries(cases)) {
    test(`${file} takes ${is}, and not ${isNot}`, () => {
      assert.equal(check(file, is), 0);
      assert.equal(check(file, isNot), 1);
    });
  }
});
