import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { checkTraces, hasFailures } from "@envoy-mesh-lab/check";
import { readExpected } from "@envoy-mesh-lab/check/node";
import { readFileNow } from "@envoy-mesh-lab/trace/node";

// What docs/istio.md has users expect of their own meshes, held to the traces of those meshes in the corpus.

const folder = join(repoRoot, "samples", "meshes");

/** The case of the corpus that each file is about, and one that it must not take for it. */
const cases: Readonly<Record<string, { is: string; isNot: string }>> = {
  "envoy-gateway.yaml": { is: "envoy-gateway-two-spans", isNot: "envoy-gateway-one-span" },
  "istio-waypoint.yaml": { is: "istio-waypoint-two-spans", isNot: "istio-waypoint" },
  "linkerd.yaml": { is: "linkerd-sidecars", isNot: "linkerd-app-without-spans" },
  "opentelemetry-operator.yaml": { is: "istio-ambient-ztunnel", isNot: "istio-waypoint" },
};

async function isAsExpected(file: string, name: string): Promise<boolean> {
  const trace = join(repoRoot, "samples", "corpus", name, "trace.json");
  const traces = readFileNow(trace, { notice: () => {} });
  const report = await checkTraces(traces, { expected: readExpected(join(folder, file)) });
  return !hasFailures(report);
}

suite("the files of expectations for other meshes", () => {
  test("are all held", () => assert.deepEqual(readdirSync(folder).sort(), Object.keys(cases).sort()));
  for (const [file, { is, isNot }] of Object.entries(cases)) {
    test(`${file} takes ${is}, and not ${isNot}`, async () => {
      assert.equal(await isAsExpected(file, is), true);
      assert.equal(await isAsExpected(file, isNot), false);
    });
  }
});
