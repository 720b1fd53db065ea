import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { parse } from "yaml";
import { z } from "zod";
import { render } from "./render.ts";
import { workloadsOf } from "./workloads.ts";

// Whom each part calls, by its own configuration file, has a name, a port and the permission of both ends.

const portsSchema = z.array(z.looseObject({ port: z.number() }));
const peersSchema = z.array(
  z.looseObject({
    podSelector: z.looseObject({ matchLabels: z.record(z.string(), z.string()).optional() }).optional(),
  }),
);
const policySchema = z.object({
  podSelector: z.object({ matchLabels: z.record(z.string(), z.string()).optional() }),
  policyTypes: z.array(z.string()),
  egress: z.array(z.object({ to: peersSchema.optional(), ports: portsSchema })).default([]),
  ingress: z.array(z.object({ from: peersSchema.optional(), ports: portsSchema })).default([]),
});
const serviceSchema = z.object({
  selector: z.record(z.string(), z.string()),
  ports: z.array(z.object({ port: z.number() })),
});

const label = "app.kubernetes.io/name";
const [base] = await render("kubernetes/base");
assert.ok(base !== undefined);
const workloads = workloadsOf(base);
const specs = (kind: string) => base.objects.filter((it) => it.kind === kind);
const services = new Map(
  specs("Service").map(({ metadata, spec }) => [metadata.name, serviceSchema.parse(spec)]),
);
const policies = specs("NetworkPolicy").map(({ spec }) => policySchema.parse(spec));

/** Whether the policies of one end of a hop let it pass. */
function isAllowed(direction: "egress" | "ingress", self: string, peer: string, port: number): boolean {
  return policies
    .filter(({ podSelector }) => podSelector.matchLabels?.[label] === self)
    .some((policy) => {
      const rules =
        direction === "egress"
          ? policy.egress.map((it) => ({ peers: it.to, ports: it.ports }))
          : policy.ingress.map((it) => ({ peers: it.from, ports: it.ports }));
      return rules.some(
        ({ peers, ports }) =>
          ports.some((it) => it.port === port) &&
          (peers ?? []).some((it) => it.podSelector?.matchLabels?.[label] === peer),
      );
    });
}

/** Every address with a name in an Envoy's file; listeners have numbers. */
function upstreams(file: string): { address: string; port: number }[] {
  const found: { address: string; port: number }[] = [];
  const look = (it: unknown): void => {
    if (typeof it !== "object" || it === null) return;
    const { socket_address: at } = it as { socket_address?: { address: string; port_value: number } };
    if (at !== undefined && !/^[\d.]+$/.test(at.address))
      found.push({ address: at.address, port: at.port_value });
    Object.values(it).forEach(look);
  };
  look(parse(readFileSync(join(repoRoot, file), "utf8")));
  return found;
}

const hops = [
  { workload: "edge", calls: upstreams("envoy/edge.yaml") },
  { workload: "gateway", calls: upstreams("envoy/gateway.yaml") },
  { workload: "backend", calls: upstreams("envoy/backend.yaml") },
  { workload: "tempo-proxy", calls: upstreams("envoy/tempo.yaml") },
  { workload: "otel-collector", calls: [{ address: "tempo", port: 4327 }] },
];

test("nothing passes that is not named", () => {
  const all = policies.find(({ podSelector }) => podSelector.matchLabels === undefined);
  assert.deepEqual(all?.policyTypes, ["Ingress", "Egress"]);
  assert.equal(isAllowed("egress", "backend", "gateway", 15006), false);
  assert.equal(isAllowed("ingress", "tempo", "gateway", 4327), false);
});

for (const { workload, calls } of hops) {
  suite(workload, () => {
    const pod = workloads.find(({ name }) => name === workload)?.pod;
    const local = pod?.hostAliases.flatMap(({ hostnames }) => hostnames) ?? [];
    for (const { address, port } of calls) {
      test(`reaches ${address}:${port}`, () => {
        if (local.includes(address)) return;
        const service = services.get(address);
        assert.ok(service, `no Service has the name ${address}`);
        assert.ok(
          service.ports.some((it) => it.port === port),
          `${address} has no port ${port}`,
        );
        const peer = service.selector[label] ?? "";
        assert.ok(isAllowed("egress", workload, peer, port), `no policy lets ${workload} call ${peer}`);
        assert.ok(
          isAllowed("ingress", peer, workload, port),
          `no policy lets ${peer} be called by ${workload}`,
        );
      });
    }
    test("calls somebody", () => assert.ok(calls.length > 0));
  });
}
