import type { Edit } from "./edit.ts";

const gateway = "envoy/gateway.yaml";
const backend = "envoy/backend.yaml";
const edge = "envoy/edge.yaml";
const collector = "otel-collector.yaml";
const outbound = "- name: outbound\n";

/** Changes that a release may well have and that do nothing to its calls or their traces under the load of an incident. */
export const harmless: readonly Edit[] = [
  { file: gateway, after: outbound, from: "idle_timeout: 300s", to: "idle_timeout: 240s" },
  { file: gateway, after: "- name: backend\n", from: "connect_timeout: 1s", to: "connect_timeout: 2s" },
  { file: gateway, after: outbound, from: 'path: "%PATH(NQ):128%"', to: 'path: "%PATH(NQ):96%"' },
  { file: backend, from: "stream_idle_timeout: 300s", to: "stream_idle_timeout: 280s" },
  { file: backend, after: "- name: backend\n", from: "connect_timeout: 1s", to: "connect_timeout: 1.5s" },
  {
    file: backend,
    from: '{ tag: user_agent, value: "%REQ(USER-AGENT):128%" }',
    to: '{ tag: user_agent, value: "%REQ(USER-AGENT):100%" }',
  },
  { file: edge, from: "max_request_headers_kb: 32", to: "max_request_headers_kb: 48" },
  {
    file: edge,
    from: "max_tokens: 5000, tokens_per_fill: 5000",
    to: "max_tokens: 4000, tokens_per_fill: 4000",
  },
  { file: collector, from: "num_consumers: 4", to: "num_consumers: 6" },
  { file: collector, from: "limit_mib: 384", to: "limit_mib: 400" },
  { file: "gateway/src/kitchen-calls.ts", from: "const loyaltyMs = 2;", to: "const loyaltyMs = 3;" },
  { file: "backend/src/brewing.ts", from: "const rinseMs = 250;", to: "const rinseMs = 260;" },
];
