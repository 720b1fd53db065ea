import type { Attributes, Span } from "./model.ts";

/** What SDKs put where nobody gave a name, followed by the program's name or by nothing (resource semantic conventions). */
const standIn = "unknown_service";

/** Programs whose name says what they are: a proxy of a mesh is called so as a rule, and each of its instances is one. */
const proxyPrograms = /^unknown_service:(envoy|nginx|haproxy|caddy|traefik|linkerd2?-proxy)$/i;

/** What tells one nameless program from another, the more lasting first. */
const workloadKeys = [
  "k8s.deployment.name",
  "k8s.statefulset.name",
  "k8s.daemonset.name",
  "container.name",
  "k8s.pod.name",
];

/** Asked for of each span many times; resources are few. */
const told = new WeakMap<Attributes, string>();

/**
 * `service.name` of the span's resource, or "unknown_service" as the SDKs say (resource semantic conventions). Programs
 * without a name are as many as run: where the resource tells which one it is, that is added: "unknown_service:node (cart)".
 */
export function serviceOf({ resource }: Span): string {
  const name = resource["service.name"];
  return typeof name === "string" && name !== "" && !name.startsWith(standIn) ? name : namelessOf(resource);
}

/** Whether nobody gave a name to what made a span, which is no proxy that is called so as a rule. */
export function isNameless(resource: Attributes): boolean {
  const name = resource["service.name"];
  return (
    name === undefined || (typeof name === "string" && name.startsWith(standIn) && !proxyPrograms.test(name))
  );
}

function namelessOf(resource: Attributes): string {
  const known = told.get(resource);
  if (known !== undefined) return known;
  const name = resource["service.name"];
  const given = typeof name === "string" && name !== "" ? name : standIn;
  const which = proxyPrograms.test(given) ? undefined : programOf(resource);
  const service = which === undefined ? given : `${given} (${which})`;
  told.set(resource, service);
  return service;
}

function programOf(resource: Attributes): string | undefined {
  const workload = workloadKeys.map((it) => resource[it]).find((it) => typeof it === "string" && it !== "");
  if (workload !== undefined) return `${workload}`;
  const [host, pid] = [resource["host.name"], resource["process.pid"]];
  if (host === undefined && pid === undefined) return undefined;
  return [host ?? [], pid === undefined ? [] : `pid ${pid}`].flat().join(", ");
}
