import { KnownOrigins } from "./known-origins.ts";
import type { Span, Trace } from "./model.ts";
import type { Origin } from "./origin.ts";
import { evidenceAttributes, findProxy } from "./proxy-evidence.ts";
import { directionOf, placeAttributes, workloadOf } from "./proxy-place.ts";
import type { ProxyRule } from "./proxy-rule.ts";
import { serviceOf } from "./service-name.ts";
import { settleOrigins } from "./settle-origins.ts";
import type { TraceStructure } from "./trace-structure.ts";
import { structureOf } from "./trace-structure.ts";

export type { Origin, Role } from "./origin.ts";

/** Who made the spans of one trace. */
export type Origins = (span: Span) => Origin;

/** Says who made the spans of a trace; given how they hang together, it need not find that out again. */
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
  const originOf = (span: Span) => (rules.length > 0 ? originAlone(span, rules) : known.of(span));
  return (of) => {
    let structure: TraceStructure | undefined;
    let origins: readonly Origin[] = [];
    let places: Map<Span, number> | undefined;
    // Most ask for one span after the other.
    let next = 0;
    return (span) => {
      if (structure === undefined) {
        structure = structureOf(of);
        origins = settleOrigins(structure, originOf);
      }
      const { spans } = structure;
      if (spans[next] !== span) {
        places ??= new Map(spans.map((it, i) => [it, i]));
        next = places.get(span) ?? spans.length;
      }
      // A span of another trace is told by itself.
      return origins[next++] ?? originOf(span);
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
      ...(workload === undefined ? [] : [`is the proxy of ${workload.value}: ${workload.evidence}`]),
    ],
  };
}

const nothingSays = ["no sign of a proxy"];
