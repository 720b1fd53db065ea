import { KnownRoles } from "./known-roles.ts";
import { type Span, serviceOf, type Trace } from "./model.ts";
import { evidenceAttributes, findProxy } from "./proxy-evidence.ts";
import { type Direction, directionOf, placeAttributes, workloadOf } from "./proxy-place.ts";
import type { ProxyRule } from "./proxy-rule.ts";

export type { Direction } from "./proxy-place.ts";

/** Who made a span: an application, or a proxy on the way. */
export type Role = "app" | "proxy";

/** What is known of who made a span, and from what. */
export type Attribution = {
  role: Role;
  /** Which proxy: "envoy" for example. Absent for applications, and where only a rule of the user's says so. */
  proxy?: string;
  /** Absent for applications, and where nothing tells. */
  direction?: Direction;
  /** The workload that a proxy works for, or the application itself; absent where nothing tells. */
  workload?: string;
  /** What tells so, in words: the attributes, scope or resource that were seen. */
  evidence: string[];
};

/** Who made the spans of one trace. */
export type Attributions = (span: Span) => Attribution;

/** The keys of the span attributes that attribution looks at: what to keep when only some are kept. */
export const roleAttributes: ReadonlySet<string> = new Set([...evidenceAttributes, ...placeAttributes]);

/**
 * Tells proxies from applications by what their spans say of themselves, and for proxies which way they look and for
 * which workload: by the same, or else by the spans around them.
 *
 * @param rules the user's own, which win: a span that one of them matches is a proxy's.
 */
export function attribute(trace: Trace, rules: readonly ProxyRule[] = []): Attributions {
  return attributor(rules)(trace);
}

/** As `attribute`, for many traces: what spans say of themselves is looked at once for all that say the same. */
export function attributor(rules: readonly ProxyRule[] = []): (trace: Trace) => Attributions {
  const known = new KnownRoles((span) => attributeAlone(span, []));
  // A rule may look at anything, so that no two spans say the same to it.
  const roleOf = (span: Span) => (rules.length > 0 ? attributeAlone(span, rules) : known.of(span));
  return (trace) => {
    const placed = new Map<Span, Attribution>();
    let surroundings: Surroundings | undefined;
    return (span) => {
      const alone = placed.get(span) ?? roleOf(span);
      const isPlaced = alone.direction !== undefined && alone.workload !== undefined;
      if (alone.role === "app" || isPlaced || placed.has(span)) {
        return alone;
      }
      const attribution = { ...alone, evidence: [...alone.evidence] };
      placed.set(span, attribution);
      surroundings ??= new Surroundings(trace, roleOf);
      surroundings.place(span, attribution);
      return attribution;
    };
  };
}

/** Who made a span, by what it says of itself. */
function attributeAlone(span: Span, rules: readonly ProxyRule[]): Attribution {
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
  readonly #trace: Trace;
  readonly #roleOf: Attributions;
  // Each is made when it is first needed: most proxies say for themselves most of what there is to know.
  #spans: Map<string, Span> | undefined;
  #children: Map<string, Span[]> | undefined;
  #services: Set<string> | undefined;

  constructor(trace: Trace, roleOf: Attributions) {
    this.#trace = trace;
    this.#roleOf = roleOf;
  }

  /** Adds to the attribution of a proxy's span what the spans around it tell. */
  place(span: Span, attribution: Attribution): void {
    if (attribution.workload === undefined) {
      const service = serviceOf(span);
      // A sidecar is often named after its workload, as that or with something behind it.
      const bare = service.replace(/[-_.](envoy|proxy|sidecar|istio-proxy)$/i, "");
      if (bare !== "unknown_service" && (bare !== service || this.#hasApp(service))) {
        attribution.workload = bare;
        attribution.evidence.push(`works for ${bare}: service.name="${service}"`);
      }
    }
    if (attribution.direction === undefined) {
      const { workload } = attribution;
      const caller = this.#appAbove(span);
      const callee = this.#appBelow(span);
      const below = callee !== undefined && (workload === undefined || serviceOf(callee) === workload);
      const above = caller !== undefined && (workload === undefined || serviceOf(caller) === workload);
      if (below !== above) {
        attribution.direction = below ? "inbound" : "outbound";
        const next = serviceOf((below ? callee : caller) as Span);
        attribution.evidence.push(
          `${attribution.direction}: the application ${next} is ${below ? "below" : "above"} it`,
        );
      }
    }
  }

  #hasApp(service: string): boolean {
    this.#services ??= new Set(
      this.#trace.spans.filter((it) => this.#roleOf(it).role === "app").map(serviceOf),
    );
    return this.#services.has(service);
  }

  /** The next application's span above, with nothing but spans of this proxy between. */
  #appAbove(span: Span): Span | undefined {
    this.#spans ??= new Map(this.#trace.spans.map((it) => [it.spanId, it]));
    let at = span;
    for (let i = 0; i < reach; i++) {
      const parent = at.parentSpanId === undefined ? undefined : this.#spans.get(at.parentSpanId);
      if (parent === undefined) return undefined;
      if (this.#roleOf(parent).role === "app") return parent;
      if (serviceOf(parent) !== serviceOf(span)) return undefined;
      at = parent;
    }
    return undefined;
  }

  /** The next application's span below, with nothing but spans of this proxy between. */
  #appBelow(span: Span): Span | undefined {
    const childrenOf = this.#childrenById();
    let level = [span];
    for (let i = 0; i < reach && level.length > 0; i++) {
      const children = level.flatMap((it) => childrenOf.get(it.spanId) ?? []);
      const app = children.find((it) => this.#roleOf(it).role === "app");
      if (app !== undefined) return app;
      level = children.filter((it) => serviceOf(it) === serviceOf(span));
    }
    return undefined;
  }
  #childrenById(): Map<string, Span[]> {
    if (this.#children === undefined) {
      this.#children = new Map();
      for (const span of this.#trace.spans) {
        if (span.parentSpanId === undefined) continue;
        const siblings = this.#children.get(span.parentSpanId);
        if (siblings === undefined) this.#children.set(span.parentSpanId, [span]);
        else siblings.push(span);
      }
    }
    return this.#children;
  }
}
