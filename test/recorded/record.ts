// Records the traces in lab/src/check/recorded/: brings a mesh up that is really broken in one way, makes one call and
// saves what Tempo has of it. Run it again when Envoy is updated: node test/recorded/record.ts
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Document, parseDocument, stringify } from "yaml";
import { call } from "../../lab/src/call/call.ts";
import { findRpc } from "../../lab/src/call/rpcs.ts";
import { createTransport } from "../../lab/src/call/transport.ts";
import { meshDown, meshUp, readMesh } from "../../lab/src/native/mesh.ts";
import { repoRoot } from "../../lab/src/paths.ts";
import { waitForTrace } from "../../lab/src/trace/tempo.ts";

/** One way to break the mesh. */
type Case = {
  name: string;
  /** What to change in the gateway's sidecar: the tracing block of its outbound listener. */
  outboundTracing?: (document: Document, path: Path) => void;
  /** What to change in compose.yaml, as an override of its services. */
  services?: Record<string, object>;
};
type Path = (string | number)[];

const httpManager: Path = [
  "static_resources",
  "listeners",
  1,
  "filter_chains",
  0,
  "filters",
  0,
  "typed_config",
];

// The sidecar samples nothing, and finds no decision in x-request-id, because the gateway drops that header.
const sampleNothing: NonNullable<Case["outboundTracing"]> = (document, path) =>
  document.setIn([...path, "random_sampling", "value"], 0);
const dropRequestId = { command: ["test/recorded/gateway-drops-request-id.ts"] };

const cases: Case[] = [
  { name: "whole" },
  { name: "no-tracer", outboundTracing: (document, path) => document.deleteIn(path) },
  {
    name: "one-span-proxy",
    outboundTracing: (document, path) => document.setIn([...path, "spawn_upstream_span"], false),
  },
  { name: "sampled-out", outboundTracing: sampleNothing, services: { gateway: dropRequestId } },
  {
    name: "cut-off",
    outboundTracing: sampleNothing,
    services: { gateway: dropRequestId, backend: { environment: { OTEL_TRACES_SAMPLER: "always_on" } } },
  },
  { name: "injected-early", services: { gateway: { command: ["test/recorded/gateway-injects-early.ts"] } } },
  { name: "not-injected", services: { gateway: { command: ["test/recorded/gateway-does-not-inject.ts"] } } },
];

Object.assign(process.env, { COMPOSE_PROJECT_NAME: "envoy-mesh-lab-recorded", LAB_PORT_SHIFT: "2000" });
const scratch = mkdtempSync(join(tmpdir(), "envoy-mesh-lab-"));
try {
  for (const it of cases) {
    await record(it);
  }
} finally {
  await meshDown({ volumes: true });
  rmSync(scratch, { recursive: true });
}

async function record({ name, outboundTracing, services = {} }: Case): Promise<void> {
  const document = parseDocument(readFileSync(join(repoRoot, "envoy", "gateway.yaml"), "utf8"));
  outboundTracing?.(document, [...httpManager, "tracing"]);
  const envoy = join(scratch, `${name}-envoy.yaml`);
  writeFileSync(envoy, document.toString());
  const override = join(scratch, `${name}-compose.yaml`);
  const sidecar = { volumes: [`${envoy}:/etc/envoy/envoy.yaml:ro`] };
  writeFileSync(override, stringify({ services: { "gateway-proxy": sidecar, ...services } }));

  await meshUp({ files: [join(repoRoot, "compose.yaml"), override] });
  const { urls } = await readMesh();
  const quiet = { workMs: 0, failAfter: 0 };
  const result = await call(createTransport("connect", urls.edge), {
    rpc: findRpc("OrderDrink", undefined),
    drink: "espresso",
    messages: 1,
    gateway: quiet,
    backend: quiet,
    timeoutMs: 10_000,
    headers: {},
  });
  if (result.code !== "ok" || result.traceId === undefined) {
    throw new Error(`${name}: the call failed: ${result.code} ${result.message ?? ""}`);
  }
  await waitForTrace(urls.tempo, result.traceId, 20_000, () => false);
  const response = await fetch(`${urls.tempo}/api/v2/traces/${result.traceId}`, {
    headers: { accept: "application/json" },
  });
  const folder = join(repoRoot, "lab", "src", "check", "recorded");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${await response.text()}\n`);
  console.log(`${name}: recorded trace ${result.traceId}`);
}
