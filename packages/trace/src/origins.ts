import { KnownOrigins } from "./known-origins.ts";
import { type Span, serviceOf, type Trace } from "./model.ts";
import type { Origin } from "./origin.ts";
import { evidenceAttributes, findProxy } from "./proxy-evidence.ts";
import { directionOf, placeAttributes, workloadOf } from "./proxy-place.ts";
import type { ProxyRule } from "./proxy-rule.ts";
import { childrenOf, missingParent, structureOf, type TraceStructure } from "./trace-structure.ts";

export type { Origin, Role } from "./origin.ts";

/** Who made the spans of one trace. */
export type Origins = (span: Span) => Origin;

/** Tells who made the spans of a trace; given how they hang together, it need not find that out again. */
export type OriginFinder = (of: Trace | TraceStructure) => Origins;

/** The keys of the span attributes that origin looks at: what to keep when only some are kept. */
export const originAttributes: ReadonlySet<string> = new Set([...evidenceAttributes, ...placeAttributes]);

/**
 * Tells proxies from applications by what their spans say of themselves, and for proxies which way they look and for
 * which workload: by the same, or else by the spans around them.
 *
 * @param rules the user's own, which win: a span that one of them matches is a proxy's.
 */
export function originsOf(of: Trace | TraceStructure, rules: readonly ProxyRule[] = []): Origins {
  return originFinder(rules)(of);
}

/** As `originsOf`, for many traces: what spans say of themselves is looked at once for all that say the same. */
export function originFinder(rules: readonly ProxyRule[] = []): OriginFinder {
  const known = new KnownOrigins((span) => originAlone(span, []));
  // A rule may look at anything, so that no two spans say the same to it.
  const roleOf = (span: Span) => (rules.length > 0 ? originAlone(span, rules) : known.of(span));
  return (of) => {
    const placed = new Map<Span, Origin>();
    let surroundings: Surroundings | undefined;
    return (span) => {
      const alone = placed.get(span) ?? roleOf(span);
      const isPlaced = alone.direction !== undefined && alone.workload !== undefined;
      if (alone.role === "app" || isPlaced || placed.has(span)) {
        return alone;
      }
      const origin = { ...alone, evidence: [...alone.evidence] };
      placed.set(span, origin);
      surroundings ??= new Surroundings(structureOf(of), roleOf);
      surroundings.place(span, origin);
      return origin;
    };
  };
}

/** Who made a span, by what it says of itself. */
function originAlone(span: Span, rules: readonly ProxyRule[]): Origin {
  const ruled = rules.filter((it) => it.matches(span)).map((it) => `your rule ${it.text}`);
  const found = findProxy(span);
  if (found === undefined && ruled.length === 0) {
    const service = serviceOf(span);
    return {
      role: "app",
      ...(span.resource["service.name"] === undefined ? {} : { workload: service }),
      evidence: nothingSays,
    };
  }
  const direction = directionOf(span);
  const workload = workloadOf(span);
  return {
    role: "proxy",
    ...(found === undefined ? {} : { proxy: found.proxy }),
    ...(direction === undefined ? {} : { direction: direction.value }),
    ...(workload === undefined ? {} : { workload: workload.value }),
    evidence: [
      ...ruled,
      ...(found?.evidence ?? []),
      ...(direction === undefined ? [] : [`${direction.value}: ${direction.evidence}`]),
      ...(workload === undefined ? [] : [`works for ${workload.value}: ${workload.evidence}`]),
    ],
  };
}

const nothingSays = ["nothing says that it is a proxy"];

/** Proxies that look the same from the spans around them: no further away than this many spans of the same proxy. */
const reach = 4;

/** The spans around a proxy's span, which tell what it does not say itself. */
class Surroundings {
  readonly #structure: TraceStructure;
  readonly #roleOf: Origins;
  // Made when it is first needed: most proxies say for themselves most of what there is to know.
  #services: Set<string> | undefined;

  constructor(structure: TraceStructure, roleOf: Origins) {
    this.#structure = structure;
    this.#roleOf = roleOf;
  }

  /** Adds to the origin of a proxy's span what the spans around it tell. */
  place(span: Span, origin: Origin): void {
    if (origin.workload === undefined) {
      const service = serviceOf(span);
      // A sidecar is often named after its workload, as that or with something behind it.
      const bare = service.replace(/[-_.](envoy|proxy|sidecar|istio-proxy)$/i, "");
      if (bare !== "unknown_service" && (bare !== service || this.#hasApp(service))) {
        origin.workload = bare;
        origin.evidence.push(`works for ${bare}: service.name="${service}"`);
      }
    }
    if (origin.direction === undefined) {
      const { workload } = origin;
      const caller = this.#appAbove(span);
      const callee = this.#appBelow(span);
      const below = callee !== undefined && (workload === undefined || serviceOf(callee) === workload);
      const above = caller !== undefined && (workload === undefined || serviceOf(caller) === workload);
      if (below !== above) {
        origin.direction = below ? "inbound" : "outbound";
        const next = serviceOf((below ? callee : caller) as Span);
        origin.evidence.push(
          `${origin.direction}: the application ${next} is ${below ? "below" : "above"} it`,
        );
      }
    }
  }

  #hasApp(service: string): boolean {
    this.#services ??= new Set(
      this.#structure.spans.filter((it) => this.#roleOf(it).role === "app").map(serviceOf),
    );
    return this.#services.has(service);
  }

  /** The next application's span above, with nothing but spans of this proxy between. */
  #appAbove(span: Span): Span | undefined {
    const { spans, parent } = this.#structure;
    let above = parent[this.#placeOf(span)] as number;
    for (let i = 0; i < reach && above >= 0; i++) {
      const it = spans[above] as Span;
      if (this.#roleOf(it).role === "app") return it;
      if (serviceOf(it) !== serviceOf(span)) return undefined;
      above = parent[above] as number;
    }
    return undefined;
  }

  /** The next application's span below, with nothing but spans of this proxy between. */
  #appBelow(span: Span): Span | undefined {
    const { spans } = this.#structure;
    let level = [this.#placeOf(span)];
    for (let i = 0; i < reach && level.length > 0; i++) {
      const children = level.flatMap((it) => [...childrenOf(this.#structure, it)]);
      const app = children.find((it) => this.#roleOf(spans[it] as Span).role === "app");
      if (app !== undefined) return spans[app];
      level = children.filter((it) => serviceOf(spans[it] as Span) === serviceOf(span));
    }
    return undefined;
  }

  #placeOf({ spanId }: Span): number {
    return this.#structure.places.get(spanId) ?? missingParent;
  }
}
