import { clockGrain } from "./clock-grain.ts";
import type { Attributes, Span } from "./model.ts";

/** Whose clock the times of a span were read from. */
export interface Clock {
  /** Spans whose clocks have the same id can be compared by absolute times. */
  id: string;
  /** The machine, else the process or the service, as a person would call it; no other clock is called the same. */
  name: string;
  /**
   * Whether the clock is one machine's. A clock that is only guessed from the service's name may be several machines'
   * (replicas): then a call that comes in counts as from another clock.
   */
  exact: boolean;
}

/**
 * Resource attributes that name a machine for certain (resource semantic conventions 1.37, "Host", "Kubernetes"). Who
 * differs in one of them is on two machines whatever else agrees: a Collector that detects its own host writes one
 * `host.name` on everything that passes it.
 */
const decisive = ["host.id", "k8s.node.uid", "k8s.node.name"];

/** Who agrees in one of these is on one machine, as pods, containers and processes are. The most trusted first. */
const agreeing = [
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

/**
 * The names that a Collector's resource detection writes on whatever passes it: its own machine's. So they are evidence
 * that calls can refute.
 */
const refutable = "host.name";

/** A child that starts so long before its parent, in ns, does not so by its clock: nothing is asked before it is asked. */
export const earlyTolerance = 2_000_000n;

/** A child may end later than its parent because its process was busy; beyond this, in ns, it is the clock. */
export const lateTolerance = 10_000_000n;

/** Names that every machine has, so that they name none. */
const nameless = new Set(["", "localhost", "localhost.localdomain", "127.0.0.1", "::1", "unknown"]);

/**
 * Tells the clocks of spans that are looked at together. Two resources have one clock when
 *
 * - they agree in a name of the machine, the pod, the container or the process, and differ in nothing that is decisive;
 * - or nothing names any of these, and the service is the same. Then the clock is a guess.
 *
 * A value that is shared by machines which are known to be several, such as one `host.name` beside two values of
 * `host.id`, names none of them. Neither does a `host.name` by which a call between two services would have been answered
 * before it was made, or after it had ended. The answer does not depend on the order of the spans.
 */
export function clocksOf(spans: Iterable<Span>): (span: Span) => Clock {
  const byResource = new Map<Attributes, Place>();
  const places = new Map<string, Place>();
  for (const { resource } of spans) {
    if (byResource.has(resource)) continue;
    const said = sayingOf(resource);
    let place = places.get(said.key);
    if (place === undefined) {
      place = new Place(said);
      places.set(said.key, place);
    }
    byResource.set(resource, place);
  }
  const all = [...places.values()];
  // Where each says something else, nothing is joined and nobody is called the same.
  if (hasAgreement(all)) {
    const refuted = refutedNames(spans, (resource) => byResource.get(resource) as Place);
    for (const place of all) {
      const value = place.facts.get(refutable);
      if (value !== undefined && refuted.has(value)) place.named.delete(refutable);
    }
    for (const name of agreeing)
      joinBy(name, name === refutable ? all.filter((it) => it.named.has(name)) : all);
  }
  const shared = sharedNames(all);
  const clocks = new Map<Attributes, Clock>();
  return ({ resource }) => {
    let clock = clocks.get(resource);
    if (clock === undefined) {
      const place = byResource.get(resource);
      if (place === undefined) throw new Error("the span is none of those whose clocks were asked for");
      clock = place.clock(shared.has(place.name));
      clocks.set(resource, clock);
    }
    return clock;
  };
}

/** Whether two places say the same of anything that can make them one. */
function hasAgreement(places: Place[]): boolean {
  if (places.length < 2) return false;
  const seen = new Set<string>();
  for (const { statements } of places) {
    for (const it of statements) {
      if (seen.has(it)) return true;
      seen.add(it);
    }
  }
  return false;
}

/** What several clocks would be called. */
function sharedNames(places: Place[]): Set<string> {
  const shared = new Set<string>();
  const machines = new Map<string, Machine>();
  for (const { name, machine } of places) {
    const other = machines.get(name);
    if (other === undefined) machines.set(name, machine);
    else if (other !== machine) shared.add(name);
  }
  return shared;
}

/** The values of `host.name` that two machines have, as calls between them show by their times. */
function refutedNames(spans: Iterable<Span>, placeOf: (resource: Attributes) => Place): Set<string> {
  const refuted = new Set<string>();
  const byId = new Map<string, Span>();
  for (const it of spans) byId.set(it.spanId, it);
  for (const callee of byId.values()) {
    const caller = callee.parentSpanId === undefined ? undefined : byId.get(callee.parentSpanId);
    if (caller === undefined || caller.resource === callee.resource || caller.kind !== "client") continue;
    const [above, below] = [placeOf(caller.resource), placeOf(callee.resource)];
    const name = above.facts.get(refutable);
    if (name === undefined || name !== below.facts.get(refutable) || refuted.has(name)) continue;
    // Of one service the parts may be one process, and what agrees in anything else needs no name.
    const isOne =
      above.facts.get("service") === below.facts.get("service") ||
      agreeing.some(
        (it) => it !== refutable && above.facts.get(it) === below.facts.get(it) && above.facts.has(it),
      );
    if (!isOne && isOutside(caller, callee)) refuted.add(name);
  }
  return refuted;
}

/** Whether a call cannot have held what it called, if their times are of one clock. */
function isOutside(caller: Span, callee: Span): boolean {
  // A span without a start or an end says nothing, and one that took longer than its call outlived it.
  const took = callee.endNs - callee.startNs;
  if (took <= 0n || caller.endNs <= caller.startNs || took > caller.endNs - caller.startNs) return false;
  if (callee.startNs < caller.startNs - earlyTolerance) return true;
  if (callee.endNs + clockGrain(callee) <= caller.startNs) return true;
  // A caller that gave up does not wait for the end, nor for the start.
  if (caller.status.code === "error") return false;
  return callee.startNs >= caller.endNs + clockGrain(caller) || callee.endNs > caller.endNs + lateTolerance;
}

/** Joins the places that have one value of an attribute, unless they are known to be several. */
function joinBy(name: string, places: Place[]): void {
  const byValue = Map.groupBy(
    places.filter((it) => it.facts.has(name)),
    (it) => it.facts.get(name) as string,
  );
  // In an order of its own, as one join may forbid the next.
  for (const value of [...byValue.keys()].sort()) {
    const sharing = byValue.get(value) as Place[];
    const machines = [...new Set(sharing.map((it) => it.machine))];
    if (machines.length === 1) continue;
    if (decisive.every((it) => new Set(machines.flatMap((machine) => [...machine.valuesOf(it)])).size <= 1)) {
      machines.reduce((one, other) => one.join(other));
    } else {
      for (const place of sharing) place.named.delete(name);
    }
  }
}

/** What one or more resources say, word for word the same, of where they are. */
class Place {
  readonly facts: ReadonlyMap<string, string>;
  /** What a person would call it. */
  readonly name: string;
  readonly statements: readonly string[];
  /** The facts that name this machine and no other. */
  readonly named: Set<string>;
  machine: Machine;

  constructor({ key, facts, name, statements }: Saying) {
    this.facts = facts;
    this.name = name;
    this.statements = statements;
    this.named = new Set(agreeing.filter((it) => facts.has(it)));
    this.machine = new Machine(key, this);
  }

  /** @param isShared whether another clock has its name, which is told apart by what is surest then. */
  clock(isShared: boolean): Clock {
    const proof = agreeing.find((it) => this.named.has(it)) ?? "service";
    return {
      id: this.machine.id,
      name: isShared ? `${this.name} (${proof} ${this.facts.get(proof)})` : this.name,
      exact: this.named.size > 0,
    };
  }
}

/** Places that have one clock. */
class Machine {
  /** The least key of its places, so that the order in which they were joined plays no part. */
  id: string;
  readonly #places: Place[];

  constructor(id: string, place: Place) {
    this.id = id;
    this.#places = [place];
  }

  *valuesOf(name: string): Generator<string> {
    for (const { facts } of this.#places) {
      const value = facts.get(name);
      if (value !== undefined) yield value;
    }
  }

  join(other: Machine): Machine {
    for (const place of other.#places) place.machine = this;
    this.#places.push(...other.#places);
    if (other.id < this.id) this.id = other.id;
    return this;
  }
}

/** What a resource says of where it is. */
interface Saying {
  facts: ReadonlyMap<string, string>;
  /** All of it, as one text. */
  key: string;
  /** What a person would call that place. */
  name: string;
  /** The facts by which it may be one machine with another, each as a text. */
  statements: readonly string[];
}

/** A resource is one object for many spans and traces, and says the same each time. */
const sayings = new WeakMap<Attributes, Saying>();

function sayingOf(resource: Attributes): Saying {
  let said = sayings.get(resource);
  if (said === undefined) {
    const facts = factsOf(resource);
    const known = [...spoken, "service.instance.id", "service"].find((it) => facts.has(it)) as string;
    said = {
      facts,
      key: JSON.stringify([...facts]),
      name: facts.get(known) as string,
      statements: agreeing.filter((it) => facts.has(it)).map((it) => `${it}=${facts.get(it)}`),
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
