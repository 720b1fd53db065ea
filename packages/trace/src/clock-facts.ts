import type { Attributes } from "./model.ts";

/**
 * Resource attributes that name a machine for certain (resource semantic conventions 1.37, "Host", "Kubernetes"). Who
 * differs in one of them is on two machines whatever else agrees: a Collector that detects its own host writes one
 * `host.name` on everything that passes it.
 */
export const decisive = ["host.id", "k8s.node.uid", "k8s.node.name"];

/** Who agrees in one of these is on one machine, as pods, containers and processes are. The most trusted first. */
export const agreeing = [
  ...decisive,
  "k8s.pod.uid",
  "container.id",
  "host.name",
  "k8s.pod.name",
  "service.instance.id",
];

/** By which of them people know a machine; the best known first. */
const spoken = [
  "k8s.node.name",
  "host.name",
  "host.id",
  "k8s.node.uid",
  "k8s.pod.name",
  "k8s.pod.uid",
  "container.id",
];

/** Names that every machine has, so that they name none. */
const nameless = new Set(["", "localhost", "localhost.localdomain", "127.0.0.1", "::1", "unknown"]);

/** What a resource says of where it is. */
export interface Saying {
  facts: ReadonlyMap<string, string>;
  /** All of it, as one text. */
  key: string;
  /** What a person would call that place. */
  name: string;
  /** The facts by which it may be one machine with another, the most trusted first. */
  statements: readonly Statement[];
}

/** A fact by its name, and as a text. */
export interface Statement {
  name: string;
  text: string;
}

/** A resource is one object for many spans and traces, and says the same each time. */
const sayings = new WeakMap<Attributes, Saying>();

/** What a resource says; it is looked at once. */
export function sayingOf(resource: Attributes): Saying {
  let said = sayings.get(resource);
  if (said === undefined) {
    const facts = factsOf(resource);
    const known = [...spoken, "service.instance.id", "service"].find((it) => facts.has(it)) as string;
    said = {
      facts,
      key: JSON.stringify([...facts]),
      name: facts.get(known) as string,
      statements: agreeing
        .filter((it) => facts.has(it))
        .map((it) => ({ name: it, text: `${it}=${facts.get(it)}` })),
    };
    sayings.set(resource, said);
  }
  return said;
}

/** What a resource says of where it is; "service" is always there. */
function factsOf(resource: Attributes): Map<string, string> {
  const text = (key: string) => {
    const value = resource[key];
    return typeof value === "string" && !nameless.has(value.toLowerCase()) ? value : undefined;
  };
  const within = (outer: string | undefined, inner: string, between: string) =>
    outer === undefined ? inner : `${outer}${between}${inner}`;
  const service = within(text("service.namespace"), text("service.name") ?? "unknown_service", "/");
  const facts = new Map([["service", service]]);
  for (const key of agreeing) {
    const value = text(key);
    if (value === undefined) continue;
    // A pod's name is one of its namespace's, an instance's one of its service's.
    if (key === "k8s.pod.name") facts.set(key, within(text("k8s.namespace.name"), value, "/"));
    else if (key === "service.instance.id") facts.set(key, within(service, value, " "));
    else facts.set(key, value);
  }
  return facts;
}
