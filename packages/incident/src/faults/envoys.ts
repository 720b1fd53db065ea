import type { Fault } from "../fault.ts";
import { byCall, byTrace } from "./seen.ts";

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
