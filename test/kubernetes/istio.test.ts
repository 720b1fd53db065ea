import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { parse, parseAllDocuments } from "yaml";
import { z } from "zod";
import { render, wrongInMeshConfig } from "./render.ts";
import { workloadsOf } from "./workloads.ts";

// Holds what Istio is told, in a cluster and without containers, to Istio's own types and to each other.

const overlay = "kubernetes/overlays/istio";
const [rendered, base] = await render(overlay, "kubernetes/base");
assert.ok(rendered !== undefined && base !== undefined);
const named = (kind: string) =>
  rendered.objects.filter((it) => it.kind === kind).map(({ metadata }) => metadata.name);
const workloads = new Map(workloadsOf(rendered).map((it) => [it.name, it]));
const templateSchema = z.looseObject({
  template: z.looseObject({
    metadata: z.looseObject({
      labels: z.record(z.string(), z.string()),
      annotations: z.record(z.string(), z.string()).default({}),
    }),
  }),
});
/** The labels and annotations of the pods of each workload. */
const templates = rendered.objects
  .filter(({ kind }) => ["Deployment", "StatefulSet"].includes(kind))
  .map(({ metadata, spec }) => ({ name: metadata.name, ...templateSchema.parse(spec).template.metadata }));
const meshConfigs = ["native/istio/mesh-config.yaml", `${overlay}/values.yaml`];

suite(overlay, () => {
  test("is what Kubernetes and Istio read, and its own pods have the restricted profile's rights", () => {
    assert.deepEqual(rendered.problems, []);
  });

  test("has no Envoy of ours in the way of calls, and the same services", () => {
    const containers = [...workloads.values()].flatMap(({ containers: all }) => all);
    assert.deepEqual(
      containers.filter(({ image }) => image.startsWith("envoyproxy/")).map(({ name }) => name),
      ["tempo-proxy"],
    );
    const ours = (text: string) => (name: string) =>
      workloadsOf(text === "base" ? base : rendered)
        .flatMap((it) => it.containers)
        .find((it) => it.name === name);
    for (const name of ["gateway", "backend"]) {
      const [here, there] = [ours("overlay")(name), ours("base")(name)];
      assert.equal(here?.image, there?.image);
      assert.deepEqual(here?.args, there?.args);
      assert.deepEqual(here?.resources, there?.resources);
      const differing = (here?.env ?? []).filter(
        ({ name: key, value }) => value !== there?.env.find((it) => it.name === key)?.value,
      );
      assert.deepEqual(
        differing
          .map(({ name: key }) => key)
          .filter((key) => !["LISTEN_ADDRESS", "BACKEND_URL"].includes(key)),
        [],
      );
    }
    assert.equal(
      named("Service").some((it) => it.endsWith("way-proxy") || it.endsWith("end-proxy")),
      false,
    );
  });

  test("has all that belongs to a namespace in its own, which is restricted", () => {
    const clusterWide = ["Namespace"];
    const elsewhere = rendered.objects.filter(
      ({ kind, metadata }) => !clusterWide.includes(kind) && metadata.namespace !== "envoy-mesh-lab",
    );
    assert.deepEqual(elsewhere, []);
    const namespace = rendered.objects.find(({ kind }) => kind === "Namespace");
    assert.match(JSON.stringify(namespace?.metadata), /"pod-security.kubernetes.io\/enforce":"restricted"/);
  });

  test("injects into the three workloads of the mesh alone, natively", () => {
    const said = Object.fromEntries(templates.map((it) => [it.name, it]));
    for (const name of ["tempo", "otel-collector", "tempo-proxy"]) {
      assert.equal(said[name]?.labels["sidecar.istio.io/inject"], "false", name);
    }
    for (const name of ["gateway", "backend"]) {
      assert.equal(said[name]?.annotations["sidecar.istio.io/nativeSidecar"], "true", name);
    }
    assert.equal(said.edge?.annotations["inject.istio.io/templates"], "gateway");
    const namespace = rendered.objects.find(({ kind }) => kind === "Namespace");
    assert.match(JSON.stringify(namespace?.metadata), /"istio-injection":"enabled"/);
  });

  test("what Istio does not know is found", async () => {
    const folder = mkdtempSync(join(tmpdir(), "envoy-mesh-lab-"));
    try {
      for (const name of ["kubernetes", "envoy"])
        cpSync(join(repoRoot, name), join(folder, name), { recursive: true });
      const file = join(folder, overlay, "mesh.yaml");
      const text = readFileSync(file, "utf8");
      writeFileSync(
        file,
        text.replace("randomSamplingPercentage", "randomSampling").replace("mode: STRICT", "mode: STRICTEST"),
      );
      const [broken] = await render(join(folder, overlay));
      const said = broken?.problems.join("\n") ?? "";
      assert.match(said, /Telemetry tracing: .*randomSampling/);
      assert.match(said, /PeerAuthentication default: .*STRICTEST/);
      const config = join(folder, "mesh-config.yaml");
      writeFileSync(config, "extensionProviders: [{ name: x, openTelemetry: {} }]\n");
      assert.match((await wrongInMeshConfig(config)) ?? "", /openTelemetry/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

suite("what Istio is told without containers", () => {
  for (const file of meshConfigs) {
    test(`${file} is a MeshConfig`, async () => assert.equal(await wrongInMeshConfig(file), undefined));
  }

  test("has the provider, the retries and the access log that it has in a cluster", () => {
    const [native, { meshConfig: cluster }] = meshConfigs.map((it) =>
      parse(readFileSync(join(repoRoot, it), "utf8")),
    );
    for (const [key, value] of Object.entries(cluster)) assert.deepEqual(native[key], value, key);
  });

  test("has its agents told what a cluster's are told by their pods", () => {
    const config = (it: (typeof templates)[number]) => parse(it.annotations["proxy.istio.io/config"] ?? "");
    const { services } = parse(readFileSync(join(repoRoot, "compose.istio.yaml"), "utf8"), {
      merge: true,
      logLevel: "error",
    });
    for (const [name, part] of [
      ["edge", "edge"],
      ["gateway", "gateway-proxy"],
      ["backend", "backend-proxy"],
    ] as const) {
      const { proxyStatsMatcher, runtimeValues } = JSON.parse(services[part].environment.PROXY_CONFIG);
      const template = templates.find((it) => it.name === name);
      assert.ok(template !== undefined);
      assert.deepEqual(config(template), { proxyStatsMatcher, runtimeValues }, name);
    }
  });

  test("has the ports that the services have", () => {
    const objects = parseAllDocuments(
      readFileSync(join(repoRoot, "native/istio/workloads.yaml"), "utf8"),
    ).map((it) => it.toJS());
    for (const name of ["gateway", "backend"]) {
      const port = workloads.get(name)?.containers.find((it) => it.name === name)?.ports[0]?.containerPort;
      const service = objects.find((it) => it.kind === "Service" && it.metadata.name === name);
      assert.equal(service.spec.ports[0].port, port);
    }
  });
});
