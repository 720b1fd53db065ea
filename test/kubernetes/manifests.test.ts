import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { ensurePrograms, labParts, meshImages } from "@envoy-mesh-lab/mesh";
import { z } from "zod";
import { copiedFiles } from "./copied-files.ts";
import { overlays, render } from "./render.ts";
import type { Container, Workload } from "./workloads.ts";
import { workloadsOf } from "./workloads.ts";

// Holds kubernetes/ to Kubernetes' own libraries and to compose.yaml, without a cluster.

const composeSchema = z.object({
  project: z.object({
    services: z.record(
      z.string(),
      z.object({
        image: z.string(),
        entrypoint: z.array(z.string()).nullish(),
        command: z.array(z.string()).nullish(),
        environment: z.record(z.string(), z.string().nullable()).default({}),
        mem_limit: z.string(),
        profiles: z.array(z.string()).default([]),
        ports: z.array(z.object({ target: z.number() })).default([]),
        expose: z.array(z.string()).default([]),
      }),
    ),
  }),
});

const { path } = (await ensurePrograms(["compose-model"]))["compose-model"];
const { project } = composeSchema.parse(
  JSON.parse(
    execFileSync(path, ["--", "compose.yaml"], {
      cwd: repoRoot,
      // A clean one: what the shell of whoever runs this sets would be put into the file.
      env: { PATH: process.env.PATH },
      encoding: "utf8",
    }),
  ),
);
const parts = Object.entries(project.services).filter(([, { profiles }]) => profiles.length === 0);
const rendered = await render(...overlays);
const [base] = rendered;
assert.ok(base !== undefined);
const workloads = workloadsOf(base);
const containers = new Map(
  workloads.flatMap((workload) => workload.containers.map((it) => [it.name, { ...it, workload }] as const)),
);

/** Bytes of a quantity as manifests here have it (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/). */
function bytes(quantity: string | undefined): number {
  const [, number, unit] = /^(\d+)(Mi|Gi)$/.exec(quantity ?? "") ?? [];
  assert.ok(number !== undefined, `${quantity} is no quantity of memory`);
  return Number(number) * (unit === "Gi" ? 2 ** 30 : 2 ** 20);
}

test("the images that a node of this machine gets are those of the manifests", () => {
  const named = new Set([...containers.values()].map(({ image }) => image));
  assert.deepEqual(named, new Set(Object.values(meshImages)));
});

for (const { folder, problems, objects } of rendered) {
  test(`${folder} is what Kubernetes reads, and its pods have the restricted profile's rights`, () => {
    assert.deepEqual(problems, []);
    assert.ok(objects.length > 40);
  });
}

test("a field that the API does not know, a wrong type and a right too many are found", async () => {
  const folder = mkdtempSync(join(tmpdir(), "envoy-mesh-lab-"));
  try {
    cpSync(join(repoRoot, "kubernetes"), join(folder, "kubernetes"), { recursive: true });
    cpSync(join(repoRoot, "envoy"), join(folder, "envoy"), { recursive: true });
    const broken = {
      "gateway.yaml": ["fsGroup:", "fsgroup:"],
      "edge.yaml": ["containerPort: 8080", 'containerPort: "8080"'],
      "backend.yaml": ["runAsNonRoot: true", "runAsNonRoot: false"],
    };
    for (const [name, [from = "", to = ""]] of Object.entries(broken)) {
      const file = join(folder, "kubernetes", "base", name);
      const text = readFileSync(file, "utf8");
      assert.ok(text.includes(from));
      writeFileSync(file, text.replace(from, to));
    }
    const [result] = await render(join(folder, "kubernetes", "base"));
    const said = result?.problems.join("\n") ?? "";
    assert.match(said, /Deployment gateway: .*unknown field "spec.template.spec.securityContext.fsgroup"/);
    assert.match(said, /Deployment edge: .*containerPort/);
    assert.match(said, /Deployment backend: runAsNonRoot/);
    assert.equal(result?.problems.length, 3);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("each service of compose.yaml is a container here, and there is no other", () => {
  assert.deepEqual([...containers.keys()].sort(), parts.map(([name]) => name).sort());
});

for (const [name, service] of parts) {
  suite(name, () => {
    const container = containers.get(name) as Container & { workload: Workload };
    test("has the image, the command and the limit of memory of compose.yaml", () => {
      assert.equal(container.image, service.image);
      assert.deepEqual(
        [...container.command, ...container.args],
        [...(service.entrypoint ?? []), ...(service.command ?? [])],
      );
      assert.equal(bytes(container.resources.limits.memory), Number(service.mem_limit));
      assert.ok(bytes(container.resources.requests.memory) <= bytes(container.resources.limits.memory));
    });

    test("has its environment, and an address of its own where a sidecar stands before it", () => {
      const here = Object.fromEntries(
        container.env.flatMap(({ name: key, value }) => (value === undefined ? [] : [[key, value]])),
      );
      const added = ["OTEL_RESOURCE_ATTRIBUTES"];
      const expected = Object.fromEntries(
        Object.entries(service.environment).filter(([, value]) => value !== null && value !== ""),
      );
      if ("LISTEN_ADDRESS" in expected) {
        expected.LISTEN_ADDRESS = (expected.LISTEN_ADDRESS ?? "").replace("0.0.0.0", "127.0.0.2");
      }
      for (const key of added) delete here[key];
      assert.deepEqual(here, expected);
    });

    test("names only ports that compose.yaml has", () => {
      const known = [...service.ports.map(({ target }) => target), ...service.expose.map(Number)];
      for (const { containerPort } of container.ports)
        assert.ok(known.includes(containerPort), `${containerPort}`);
    });
  });
}

for (const { name, pod, containers: all } of workloads) {
  suite(`the pods of ${name}`, () => {
    test("have no token, and no variables named after Services", () => {
      assert.equal(pod.automountServiceAccountToken, false);
      assert.equal(pod.enableServiceLinks, false);
    });
    test("are asked whether they are ready and alive, all but services, for which their sidecars answer", () => {
      const asked = all.filter((it) => !["gateway", "backend"].includes(it.name));
      assert.ok(asked.length > 0);
      for (const it of asked) assert.ok(it.readinessProbe && it.livenessProbe, it.name);
    });
  });
}

test("services and their sidecars end in order: sidecars are native ones", () => {
  for (const name of ["gateway-proxy", "backend-proxy"]) {
    assert.equal(containers.get(name)?.restartPolicy, "Always");
  }
});

test("the ports of the way in are those that the lab knows", () => {
  const ports = (name: string) => containers.get(name)?.ports.map((it) => it.containerPort);
  assert.ok(ports(labParts.edge.service)?.includes(labParts.edge.port));
  assert.ok(ports(labParts.tempo.service)?.includes(labParts.tempo.port));
});

suite("what is copied for Kustomize", () => {
  for (const { from, to } of copiedFiles) {
    test(`${to} is ${from}`, () => {
      assert.ok(
        readFileSync(join(repoRoot, to)).equals(readFileSync(join(repoRoot, from))),
        "npm run generate copies it",
      );
    });
  }
});
