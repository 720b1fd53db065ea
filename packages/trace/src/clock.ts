import type { Saying, Statement } from "./clock-facts.ts";
import { agreeing, decisive, sayingOf } from "./clock-facts.ts";
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
 * The names that a Collector's resource detection writes on whatever passes it: its own machine's. So they are evidence
 * that calls can refute.
 */
const refutable = "host.name";

/** A child that starts so long before its parent, in ns, does not so by its clock: nothing is asked before it is asked. */
export const earlyTolerance = 2_000_000n;

/**
 * A child may end later than its parent because its process was held up before it ended its span, as a busy machine or the
 * bound of a container's CPU does; beyond this, in ns, it is the clock.
 */
export const lateTolerance = 50_000_000n;

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
  const agreed = agreedNames(all);
  if (agreed.has(refutable)) {
    const refuted = refutedNames(spans, (resource) => byResource.get(resource) as Place);
    for (const place of all) {
      if (refuted.has(place.facts.get(refutable) ?? "")) place.disprove(refutable);
    }
  }
  for (const name of agreeing) if (agreed.has(name)) joinBy(name, all);
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

/** In which of the names that can make two places one, any two of these agree. */
function agreedNames(places: Place[]): Set<string> {
  const agreed = new Set<string>();
  if (places.length < 2) return agreed;
  const seen = new Set<string>();
  for (const { statements } of places) {
    for (const { name, text } of statements) {
      if (seen.has(text)) agreed.add(name);
      else seen.add(text);
    }
  }
  return agreed;
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
  const byValue = new Map<string, Place[]>();
  for (const place of places) {
    const value = place.facts.get(name);
    if (value === undefined || place.isDisproved(name)) continue;
    const sharing = byValue.get(value);
    if (sharing === undefined) byValue.set(value, [place]);
    else sharing.push(place);
  }
  // In an order of its own, as one join may forbid the next.
  for (const [, sharing] of [...byValue].filter(([, it]) => it.length > 1).sort(byFirst)) {
    const machines = [...new Set(sharing.map((it) => it.machine))];
    if (machines.length === 1) continue;
    if (decisive.every((it) => haveOneValue(machines, it))) {
      machines.reduce((one, other) => one.join(other));
    } else {
      for (const place of sharing) place.disprove(name);
    }
  }
}

/** Whether no two places of some machines differ in an attribute. */
function haveOneValue(machines: Machine[], name: string): boolean {
  let known: string | undefined;
  for (const { places } of machines) {
    for (const { facts } of places) {
      const value = facts.get(name);
      if (value === undefined) continue;
      if (known !== undefined && known !== value) return false;
      known = value;
    }
  }
  return true;
}

function byFirst([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}

/** What one or more resources say, word for word the same, of where they are. */
class Place {
  readonly #said: Saying;
  machine: Machine;
  /** Its facts that name other machines too. */
  #disproved: Set<string> | undefined;

  constructor(said: Saying) {
    this.#said = said;
    this.machine = new Machine(said.key, this);
  }

  get facts(): ReadonlyMap<string, string> {
    return this.#said.facts;
  }

  /** What a person would call it. */
  get name(): string {
    return this.#said.name;
  }

  get statements(): readonly Statement[] {
    return this.#said.statements;
  }

  /** Notes that a fact does not name this machine alone. */
  disprove(name: string): void {
    this.#disproved ??= new Set();
    this.#disproved.add(name);
  }

  isDisproved(name: string): boolean {
    return this.#disproved?.has(name) ?? false;
  }

  /** @param isShared whether another clock has its name, which is told apart by what is surest then. */
  clock(isShared: boolean): Clock {
    const proof = this.statements.find((it) => !this.isDisproved(it.name))?.name;
    const surest = proof ?? "service";
    return {
      id: this.machine.id,
      name: isShared ? `${this.name} (${surest} ${this.facts.get(surest)})` : this.name,
      exact: proof !== undefined,
    };
  }
}

/** Places that have one clock. */
class Machine {
  /** The least key of its places, so that the order in which they were joined plays no part. */
  id: string;
  readonly places: Place[];

  constructor(id: string, place: Place) {
    this.id = id;
    this.places = [place];
  }

  join(other: Machine): Machine {
    for (const place of other.places) place.machine = this;
    this.places.push(...other.places);
    if (other.id < this.id) this.id = other.id;
    return this;
  }
}
