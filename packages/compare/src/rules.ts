import type { Ground } from "./critical-path.ts";
import type { Hop } from "./hop.ts";

/**
 * The rules by which a stretch of time is somebody's, by their codes, in words. docs/comparing-traces.md shows each with
 * a picture; a test holds it to this table.
 */
export const pathRules = {
  own: "the application's own work: none of its calls was open",
  "client-side": "a CLIENT span minus what it holds of its own side: its own proxy's span, or an inner call",
  "proxy-own": "a proxy's own time: nothing that it asked was open",
  leg: "a leg: the calling span minus the answering one",
  "silent-peer": "a CLIENT span below which nobody has a span: the peer's time and the way to it",
  "open-call": "a call was open that another one outlasted: no own work, and not on the path",
  queue: "a message had been sent and not been taken up",
  "one-span": "a proxy that makes one span a hop: its own time and the leg after it",
  "hidden-app": "an application without a span, between two spans of its proxies",
  "no-upstream-span": "a proxy without a span of what it asked: its own time, and what may be behind it",
  "no-time": "a call was begun or ended at a time that the input does not tell",
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
  `${product} makes no CLIENT span for what it asks, so that nothing tells them apart`;

/** What tells a proxy's own time from the way onwards, by product; Istio is an Envoy that Istio has set up. */
const productRemedies: Readonly<Record<string, string>> = {
  envoy: "with spawn_upstream_span: true Envoy makes a CLIENT span for what it asks, which tells them apart",
  istio:
    "Istio's sidecars make one span a hop; with an EnvoyFilter that sets spawn_upstream_span they make two, which tell them apart",
  "istio-gateway":
    "Istio's gateways and waypoints make two spans from Istio 1.28 on (1.26 and 1.27: with PILOT_SPAWN_UPSTREAM_SPAN_FOR_GATEWAY=true), which tell them apart",
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
      ? `the own time of ${from} and of whatever it passed the request on to`
      : isUnseen(to)
        ? `the own time of ${from}, the way to ${to.replace(unseen, "")} and its work`
        : `the own time of ${from} and the way to ${to}`;
  const remedy =
    to === undefined
      ? "a span of whom it passed the request on to would tell them apart"
      : isUnseen(to)
        ? `a span of ${to.replace(unseen, "")} would tell them apart`
        : (productRemedies[proxy ?? ""] ?? `a CLIENT span of ${from} for what it asks would tell them apart`);
  return `${parts}: ${remedy}`;
}

const unseen = / \(no span\)$/;

function isUnseen(name: string): boolean {
  return unseen.test(name);
}
