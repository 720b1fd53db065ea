import type { Fault } from "../fault.ts";
import { between, byCall, byTrace, has } from "./seen.ts";

const edge = "envoy/edge.yaml";
const gateway = "envoy/gateway.yaml";
const backend = "envoy/backend.yaml";
/** Where the outbound half of the gateway's sidecar begins. */
const outbound = "- name: outbound\n";
const kitchenRoute = "route: { cluster: backend, timeout: 15s }";

/** What is wrong in the configurations of the proxies. */
export const envoyFaults: readonly Fault[] = [
  {
    area: "Envoy",
    place: "edge",
    cause: "rate-limit",
    change: {
      edits: [
        {
          file: edge,
          from: "token_bucket: { max_tokens: 2500, tokens_per_fill: 2500, fill_interval: 1s }",
          to: "token_bucket: { max_tokens: 5, tokens_per_fill: 5, fill_interval: 1s }",
        },
      ],
    },
    alert: "failing",
    story: "The edge lets 5 calls a second of each caller through, where it let 2500.",
    shownBy: byCall((it) => it.code === "resource_exhausted"),
    look: [
      {
        command: "lab load --rate 8 --duration 5s",
        tells: "resource_exhausted, at once, from the edge itself",
      },
      { command: "lab logs edge", tells: "429 with flags RL" },
    ],
  },
  {
    area: "Envoy",
    place: "gateway-proxy",
    cause: "retries",
    change: {
      edits: [
        {
          file: gateway,
          after: outbound,
          from: kitchenRoute,
          to: 'route: { cluster: backend, timeout: 15s, retry_policy: { retry_on: "5xx", num_retries: 3, per_try_timeout: 0.07s } }',
        },
      ],
    },
    alert: "repeated",
    story:
      "The sidecar gives the kitchen 70 ms, and then sends the same order again, up to three times. The kitchen brews each of them.",
    shownBy: byTrace(({ counts }) => (counts["gateway-proxy outbound CLIENT"] ?? 0) > 1),
    look: [
      {
        command: "lab trace last",
        tells: "several CLIENT spans of the sidecar below one SERVER span, one after the other",
      },
      { command: "lab logs gateway-proxy", tells: "flags UT and URX" },
    ],
  },
  {
    area: "Envoy",
    place: "gateway-proxy",
    cause: "timeout-too-short",
    change: {
      edits: [
        {
          file: gateway,
          after: outbound,
          from: kitchenRoute,
          to: "route: { cluster: backend, timeout: 0.07s }",
        },
      ],
    },
    alert: "failing",
    story:
      "The sidecar's route to the kitchen ends after 70 ms. The proxy answers instead of the kitchen, which goes on brewing.",
    shownBy: byTrace(({ flags }, code) => code !== "ok" && flags["gateway-proxy"] === "UT"),
    look: [
      { command: "lab check last", tells: "the proxy gave up first, with response flag UT" },
      { command: "lab logs gateway-proxy", tells: "504 with flags UT after 70 ms" },
    ],
  },
  {
    area: "Envoy",
    place: "gateway-proxy",
    cause: "circuit-breaker",
    change: {
      edits: [
        {
          file: gateway,
          after: "- name: backend\n",
          from: "- { priority: HIGH, max_requests: 256 }",
          to: "- { priority: HIGH, max_requests: 256 }\n          - { priority: DEFAULT, max_requests: 1 }",
        },
      ],
    },
    alert: "failing",
    story:
      "The sidecar lets one unary call to the kitchen be under way at a time; the next is refused at once. One call alone always works.",
    shownBy: byTrace(({ flags }) => flags["gateway-proxy"] === "UO"),
    look: [
      { command: "lab logs gateway-proxy", tells: "503 with flags UO: upstream overflow" },
      { command: "lab check last", tells: "the sidecar answers itself, because of its circuit breaker" },
    ],
  },
  {
    area: "Envoy",
    place: "gateway-proxy",
    cause: "spans-off",
    change: {
      edits: [
        {
          file: gateway,
          after: outbound,
          from: "spawn_upstream_span: true",
          to: "spawn_upstream_span: false",
        },
      ],
    },
    alert: "broken",
    story:
      "The sidecar makes one span instead of two for what goes out, so its own time and the network's are one.",
    shownBy: byTrace((it, code) => {
      const out = ["gateway-proxy outbound SERVER", "gateway-proxy outbound CLIENT"].filter((hop) =>
        has(it, hop),
      );
      return code === "ok" && has(it, "backend SERVER") && out.length === 1;
    }),
    look: [
      { command: "lab check last", tells: "the outbound sidecar has one span where it should have two" },
    ],
  },
  {
    area: "Envoy",
    place: "gateway-proxy",
    cause: "leaks-data",
    change: {
      edits: [
        {
          file: gateway,
          from: '- { tag: user_agent, value: "%REQ(USER-AGENT):128%" }',
          to: '- { tag: user_agent, value: "%REQ(USER-AGENT):128%" }\n                    - { tag: guest, value: "%REQ(X-GUEST-CARD):64%" }',
        },
      ],
    },
    alert: "leak",
    story:
      "Somebody wanted to find a guest's calls, and had the sidecar write the guest's card number on each span.",
    shownBy: byTrace(({ leaks }) => leaks.includes("gateway-proxy")),
    look: [{ command: "lab trace last --attributes", tells: "`guest`, on a span of gateway-proxy" }],
  },
  {
    area: "Envoy",
    place: "backend-proxy",
    cause: "delays-requests",
    change: {
      edits: [
        {
          file: backend,
          from: "- name: envoy.filters.http.router\n",
          to: `- name: envoy.filters.http.fault
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault
                      delay: { fixed_delay: 0.9s, percentage: { numerator: 40 } }
                  - name: envoy.filters.http.router\n`,
        },
      ],
    },
    alert: "slow",
    story: "A fault filter of a test was left in: it holds 40 % of what comes to the backend for 900 ms.",
    shownBy: byTrace(
      (it) => between(it, "backend-proxy inbound SERVER", "backend-proxy inbound CLIENT") > 600,
    ),
    look: [
      {
        command: "lab compare last --explain",
        tells: "the backend's sidecar has the time, in some calls and not in others",
      },
      { command: "lab logs backend-proxy", tells: "flags DI: delay injected" },
    ],
  },
  {
    area: "Envoy",
    place: "backend-proxy",
    cause: "wrong-route",
    change: {
      edits: [
        {
          file: backend,
          from: "match: { prefix: /kitchen.v1.KitchenService/ }",
          to: "match: { prefix: /kitchen.v1.KitchenService/Brew }",
        },
      ],
    },
    alert: "failing",
    story:
      "The backend's sidecar knows only paths that begin with Brew. GetRecipe has no route, and is answered with 404.",
    shownBy: byCall((it) => it.code === "unimplemented"),
    look: [
      { command: "lab call GetDrink", tells: "one RPC fails, the others do not" },
      { command: "lab logs backend-proxy", tells: "404 with flags NR: no route" },
    ],
  },
];
