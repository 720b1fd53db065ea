import type { Attributes, Span } from "../trace/model.ts";

/**
 * Resource attributes that name a machine: whatever agrees in one of them reads the same clock. In the order in which
 * they are trusted (resource semantic conventions 1.37, "Host", "Kubernetes", "Container", "Service"); a pod and a
 * container are on one node each.
 */
const machineKeys = ["host.id", "host.name", "k8s.node.name", "k8s.pod.uid", "k8s.pod.name", "container.id"];

/** Names that every machine has, so that they name none. */
const nameless = new Set(["", "localhost", "localhost.localdomain", "127.0.0.1", "unknown"]);

/** Whose clock a span's times were read from. */
export type Clock = {
  /** Spans with the same id can be compared by absolute times. */
  id: string;
  /**
   * Whether the id names a machine or a process. A clock that is only guessed from the service's name may be several
   * machines' (replicas): then a call that comes in counts as from another clock.
   */
  exact: boolean;
};

/**
 * Tells whose clock the spans of a resource use: the machine's, else the process's (`service.instance.id`), else the
 * service's. Spans of different clocks are never compared by absolute times.
 */
export function clockOf(resource: Attributes): Clock {
  for (const key of machineKeys) {
    const value = resource[key];
    if (typeof value === "string" && !nameless.has(value)) {
      return { id: `${key}=${value}`, exact: true };
    }
  }
  const namespace = textOf(resource["service.namespace"]);
  const service = textOf(resource["service.name"]);
  const instance = textOf(resource["service.instance.id"]);
  return instance === ""
    ? { id: `service.name=${namespace}/${service}`, exact: false }
    : { id: `service.instance.id=${namespace}/${service}/${instance}`, exact: true };
}

/** As `clockOf`, for a span. */
export function clockOfSpan(span: Span): Clock {
  return clockOf(span.resource);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
