import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Code } from "@connectrpc/connect";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import type { Protocol } from "@envoy-mesh-lab/connections";
import type { BehaviorOptions } from "@envoy-mesh-lab/load";
import type { Document } from "yaml";
import { parseDocument } from "yaml";

/** One way to break the mesh, and the calls that show it. */
export interface Case {
  name: string;
  /** The configuration of the gateway's sidecar. */
  sidecar: string;
  /** What to change in compose.yaml, as an override of its services. */
  services?: Record<string, object>;
  /** Default OrderDrink. */
  rpc?: string;
  /** Default connect. */
  protocol?: Protocol;
  backend?: Partial<BehaviorOptions>;
  /** Deadline of the caller in milliseconds. Default 10000. */
  timeoutMs?: number;
  /** How the call has to end. Default ok. */
  code?: string;
  /** Default 1. */
  calls?: number;
}

type Edit = (document: Document) => void;
type Path = (string | number)[];

const httpManager = (listener: number): Path => [
  "static_resources",
  "listeners",
  listener,
  "filter_chains",
  0,
  "filters",
  0,
  "typed_config",
];
const inbound: Path = [...httpManager(0), "tracing"];
const outbound: Path = [...httpManager(1), "tracing"];
/** The route of the gateway's unary calls to the backend. */
const unaryRoute: Path = [...httpManager(1), "route_config", "virtual_hosts", 0, "routes", 1, "route"];

/** The gateway's sidecar as it is, but for an edit. */
function sidecar(edit: Edit = () => {}): string {
  const document = parseDocument(readFileSync(join(repoRoot, "envoy", "gateway.yaml"), "utf8"));
  edit(document);
  return document.toString();
}

const set =
  (path: Path, value: unknown): Edit =>
  (document) =>
    document.setIn(path, value);
/** Finds no decision in x-request-id, because the gateway drops that header. */
const dropRequestId = { command: ["test/recorded/gateway-drops-request-id.ts"] };
const gateway = (file: string) => ({ gateway: { command: [`test/recorded/${file}.ts`] } });
const sampleNothing = sidecar(set([...outbound, "random_sampling", "value"], 0));
const shortRoute = sidecar(set([...unaryRoute, "timeout"], "0.2s"));

export const cases: Case[] = [
  { name: "whole", sidecar: sidecar() },
  { name: "no-tracer", sidecar: sidecar((document) => document.deleteIn(outbound)) },
  { name: "one-span-proxy", sidecar: sidecar(set([...outbound, "spawn_upstream_span"], false)) },
  { name: "one-span-inbound", sidecar: sidecar(set([...inbound, "spawn_upstream_span"], false)) },
  { name: "sampled-out", sidecar: sampleNothing, services: { gateway: dropRequestId } },
  {
    name: "cut-off",
    sidecar: sampleNothing,
    services: { gateway: dropRequestId, backend: { environment: { OTEL_TRACES_SAMPLER: "always_on" } } },
  },
  {
    name: "half-sampled",
    sidecar: sidecar(set([...outbound, "random_sampling", "value"], 50)),
    services: { gateway: dropRequestId },
    calls: 12,
  },
  { name: "injected-early", sidecar: sidecar(), services: gateway("gateway-injects-early") },
  { name: "not-injected", sidecar: sidecar(), services: gateway("gateway-does-not-inject") },
  {
    name: "not-extracted",
    sidecar: sidecar(),
    services: { backend: { environment: { OTEL_PROPAGATORS: "none" } } },
  },
  { name: "handler-loses-context", sidecar: sidecar(), services: gateway("gateway-loses-context") },
  {
    name: "span-ends-early",
    sidecar: sidecar(),
    services: gateway("gateway-ends-span-early"),
    rpc: "WatchOrder",
    backend: { workMs: 60 },
  },
  {
    name: "clock-ahead",
    sidecar: sidecar(),
    services: { backend: { command: ["test/recorded/backend-clock-ahead.ts"] } },
  },
  {
    name: "retried",
    sidecar: sidecar(set([...unaryRoute, "retry_policy"], { retry_on: "5xx", num_retries: 2 })),
    backend: { fail: Code.Unavailable },
    code: "unavailable",
  },
  { name: "route-timeout", sidecar: shortRoute, backend: { workMs: 1000 }, code: "unavailable" },
  {
    name: "route-timeout-grpc",
    sidecar: shortRoute,
    protocol: "grpc",
    backend: { workMs: 1000 },
    code: "unavailable",
  },
  {
    name: "app-deadline",
    sidecar: sidecar(),
    backend: { workMs: 1000 },
    timeoutMs: 200,
    code: "deadline_exceeded",
  },
  {
    name: "app-deadline-grpc",
    sidecar: sidecar(),
    protocol: "grpc",
    backend: { workMs: 1000 },
    timeoutMs: 200,
    code: "deadline_exceeded",
  },
  {
    name: "callee-deadline",
    sidecar: sidecar(),
    services: gateway("gateway-shortens-deadline"),
    backend: { workMs: 1000 },
    code: "deadline_exceeded",
  },
  {
    name: "gateway-gives-up",
    sidecar: sidecar(),
    services: gateway("gateway-gives-up"),
    backend: { workMs: 1000 },
    code: "deadline_exceeded",
  },
  {
    name: "unary-error",
    sidecar: sidecar(),
    backend: { fail: Code.DataLoss },
    code: "data_loss",
  },
  {
    name: "unary-error-grpc",
    sidecar: sidecar(),
    protocol: "grpc",
    backend: { fail: Code.DataLoss },
    code: "data_loss",
  },
  {
    name: "unary-error-grpc-web",
    sidecar: sidecar(),
    protocol: "grpc-web",
    backend: { fail: Code.DataLoss },
    code: "data_loss",
  },
  ...(["connect", "grpc", "grpc-web"] as const).map((protocol) => ({
    name: `stream-error-${protocol}`,
    sidecar: sidecar(),
    rpc: "ServeTable",
    protocol,
    backend: { fail: Code.DataLoss, failAfter: 2 },
    code: "data_loss",
  })),
];
