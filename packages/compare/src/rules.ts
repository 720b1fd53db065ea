import type { Ground } from "./critical-path.ts";
import type { Hop } from "./hop.ts";

/**
 * The rules by which a stretch of time is somebody's, by their codes, in words. docs/comparing-traces.md shows each with
 * a picture; a test holds it to this table.
 */
export const pathRules = {
  own: "the application's own work, while none of its calls was open",
  "client-side": "a CLIENT span minus the span inside it of the caller's own sidecar, or of an inner call",
  "proxy-own": "a proxy's own time, while it waited for no answer",
  leg: "network between two parties: the span that calls minus the span that answers",
  "silent-peer": "a CLIENT span with no span below it: the peer's time and the network to it",
  "open-call": "an open call that is not on the critical path, because a parallel call returned later",
  queue: "a message had been sent and not yet received",
  "one-span": "a proxy that makes one span for each request: its own time and the network behind it",
  "hidden-app": "an application without a span, between two spans of its proxies",
  "no-upstream-span": "a proxy with no span behind it: its own time, and that of whatever it called",
  "no-time": "a call whose start or end the input does not tell",
  "open-connection": "a connection stayed open after its answer (HTTP 101): no span says what it carried",
  "nothing-open": "after the answer, while no span was open",
} as const satisfies Record<string, string>;

/** A rule's code. */
export type PathRule = keyof typeof pathRules;

/** By which rule a stretch of time is a hop's. */
export function ruleOf({ role, to, from }: Hop, ground: Ground): PathRule {
  if (ground === "open") return "open-call";
  if (ground === "untimed") return "no-time";
  if (ground === "after") return role === "unknown" ? "nothing-open" : "queue";
  switch (role) {
    case "app":
      return isUnseen(from) ? "hidden-app" : "own";
    case "client":
      return "client-side";
    case "proxy":
      return "proxy-own";
    case "network":
      return "leg";
    case "mixed":
      return to === undefined ? "no-upstream-span" : isUnseen(to) ? "hidden-app" : "one-span";
    case "waiting":
      return "silent-peer";
    case "unknown":
      return "open-connection";
  }
}

const never = (product: string) =>
  `${product} makes no CLIENT span for its upstream call, so nothing separates the two`;

/** What tells a proxy's own time from the way onwards, by product; Istio is an Envoy that Istio has set up. */
const productRemedies: Readonly<Record<string, string>> = {
  envoy:
    "with spawn_upstream_span: true Envoy makes a CLIENT span for its upstream call, which separates the two",
  istio:
    "Istio's sidecars make one span for each request; with an EnvoyFilter that sets spawn_upstream_span they make two, which separates them",
  "istio-gateway":
    "Istio's gateways and waypoints make two spans from Istio 1.28 on (1.26 and 1.27: with PILOT_SPAWN_UPSTREAM_SPAN_FOR_GATEWAY=true), which separates them",
  nginx: never("NGINX"),
  linkerd: never("Linkerd"),
  apisix: never("APISIX"),
  caddy: never("Caddy"),
  dapr: never("Dapr"),
};

/** What is in a mixed hop, and what would tell it apart; undefined for all others. */
export function mixtureOf({ role, from, to, proxy }: Hop): string | undefined {
  if (role !== "mixed") return undefined;
  const parts =
    to === undefined
      ? `the own time of ${from} and the time of whatever it called`
      : isUnseen(to)
        ? `the own time of ${from}, the network to ${to.replace(unseen, "")} and its work`
        : `the own time of ${from} and the network to ${to}`;
  const remedy =
    to === undefined
      ? "only a span of that party would separate the two"
      : isUnseen(to)
        ? `a span of ${to.replace(unseen, "")} would separate them`
        : (productRemedies[proxy ?? ""] ??
          `a CLIENT span of ${from} for its upstream call would separate the two`);
  return `${parts}; ${remedy}`;
}

const unseen = / \(no span\)$/;

function isUnseen(name: string): boolean {
  return unseen.test(name);
}
