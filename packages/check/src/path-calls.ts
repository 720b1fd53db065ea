import type { Span, TraceIndex } from "@envoy-mesh-lab/trace";
import { labelAt, serviceOf } from "@envoy-mesh-lab/trace";
import type { Finding } from "./findings.ts";
import type { InputFinding } from "./input-finding.ts";
import type { OpenCallTable } from "./open-call-table.ts";
import { hasFailed, proxySawFailure } from "./span-facts.ts";

/** How many other traces a finding names. */
const namedTraces = 5;

/** Of fewer calls in one trace, that some go on and some do not, says nothing: they may be to different parties. */
const enoughCalls = 4;

interface Seen {
  traceId: string;
  spanId: string;
}

/** Calls that pass the same proxies until they reach an application. */
interface Way {
  proxies: readonly string[];
  calls: Seen[];
}

/** The calls of one caller to one path. Most paths are called once, and there may be very many: so the first is kept flat. */
interface Counts {
  goOn: number;
  /** The last one that ended, in the table of open calls, to which the others are chained; -1 where none did. */
  lastEnded: number;
  /** The first trace that has such calls, and whether there is another. */
  traceId: string;
  isOfSeveral: boolean;
  /** The first call that reaches an application, which, and past which proxies. */
  first: (Seen & { callee: string; proxies: readonly string[] }) | undefined;
  /** As soon as there is a second one: by the application, and by the proxies. */
  ways: Map<string, Map<string, Way>> | undefined;
}

/** Where no call passed a proxy. */
const noProxies: readonly string[] = [];

/** What becomes of calls, by who makes them and by their path, over all traces. */
export class PathCalls {
  readonly #byCaller = new Map<string, Map<string, Counts>>();
  readonly #open: OpenCallTable;

  /** @param open the calls below which there is nothing. */
  constructor(open: OpenCallTable) {
    this.#open = open;
  }

  /**
   * Takes in one call of a client; those that failed are left out.
   *
   * @param row its row among the open calls; -1 when something is below it.
   */
  add(index: TraceIndex, i: number, path: string, row: number): void {
    const open = row >= 0;
    const span = index.spans[i] as Span;
    const isProxy = index.isProxy[i] === 1;
    if (isProxy ? proxySawFailure(span) : hasFailed(span)) return;
    // A call that one instrumentation wraps around another's is not the one that goes on.
    if (!open && isWrapped(index, i)) return;
    const counts = this.#countsOf(index, labelAt(index, i), path);
    if (open) {
      counts.lastEnded = this.#open.chain(row, counts.lastEnded);
    } else {
      counts.goOn++;
      if (!isProxy) addWay(counts, index, i);
    }
  }

  /**
   * Calls of which a part goes on below and a part ends.
   *
   * @param claimed calls, by the ids of trace and span, of which it is known where they go on.
   */
  mixedSampling(claimed: Set<string>): InputFinding[] {
    const mixed = this.#all(({ goOn, lastEnded }) => goOn > 0 && lastEnded >= 0);
    return mixed.flatMap(({ label, path, counts: { goOn, lastEnded, isOfSeveral } }): InputFinding[] => {
      const lost = [...this.#open.chained(lastEnded)]
        .filter((it) => !claimed.has(it.traceId + it.spanId))
        .sort((a, b) => a.start - b.start || byId(a, b));
      const all = goOn + lost.length;
      if (lost.length === 0 || (!isOfSeveral && all < enoughCalls)) return [];
      return [
        {
          calls: lost,
          finding: {
            code: "sampling.mixed",
            edge: `${label} > ?`,
            evidence: `of ${all} calls of ${label} ${path} that succeeded, ${goOn} have spans below them and ${lost.length} (${((100 * lost.length) / all).toFixed(1)} %) have none`,
            cause:
              lost.length / all < 0.05
                ? "a few spans were dropped on their way, or not all have arrived yet; or a proxy or service behind this call samples a little less than the rest"
                : "a proxy or service behind this call makes a sampling decision of its own, instead of following its caller's (Envoy's random_sampling, which from 1.39 on goes before the caller's flag; Istio's randomSamplingPercentage; a sampler that is not parent-based); or some of the calls take another way",
            remedy:
              "decide once, at the edge: in services, use parent-based samplers; in Envoys behind the edge, set random_sampling 100 and pass on x-request-id and traceparent (Istio: randomSamplingPercentage 100, no disableSpanReporting); in Istio's ambient mode, check that all callers go through the waypoint",
            ...shownBy(lost),
          },
        },
      ];
    });
  }

  /** Calls that pass a proxy, where others of the same path do not. */
  missingProxies(): InputFinding[] {
    const several = this.#all(({ ways }) => ways !== undefined).flatMap(({ label, path, counts }) =>
      [...(counts.ways ?? [])].map(([callee, ways]) => ({ edge: `${label} > ${callee}`, path, ways })),
    );
    several.sort((a, b) => byText(`${a.edge} ${a.path}`, `${b.edge} ${b.path}`));
    return several.flatMap(({ edge, ways }) => {
      const all = [...ways.values()].sort((a, b) => b.proxies.length - a.proxies.length);
      const [longest, ...shorter] = all as [Way, ...Way[]];
      return shorter
        .filter((it) => it.proxies.length < longest.proxies.length)
        .filter((it) => it.proxies.every((name) => longest.proxies.includes(name)))
        .map((way) => {
          const gone = longest.proxies.filter((it) => !way.proxies.includes(it));
          const calls = way.calls.sort(byId);
          return {
            calls,
            finding: {
              code: "hop.missing" as const,
              edge,
              evidence: `no span of ${gone.join(", ")} in ${calls.length} of ${calls.length + longest.calls.length} calls; the other ${longest.calls.length === 1 ? "one has it" : `${longest.calls.length} have it`}`,
              cause: `${gone.join(" and ")} passed ${calls.length === 1 ? "this request" : "these requests"} on without a span, or ${calls.length === 1 ? "it" : "they"} bypassed it`,
              remedy:
                "check that every replica has the same settings for tracing, and that no call bypasses the proxy (Istio's ambient mode: only what comes through ztunnel, or from a gateway with istio.io/ingress-use-waypoint, passes a waypoint; ztunnel itself makes no spans)",
              ...shownBy(calls),
            },
          };
        });
    });
  }

  #countsOf(index: TraceIndex, label: string, path: string): Counts {
    const byPath = inner(this.#byCaller, label);
    let counts = byPath.get(path);
    if (counts === undefined) {
      counts = {
        goOn: 0,
        lastEnded: -1,
        traceId: index.traceId,
        isOfSeveral: false,
        first: undefined,
        ways: undefined,
      };
      byPath.set(path, counts);
    } else if (counts.traceId !== index.traceId) {
      counts.isOfSeveral = true;
    }
    return counts;
  }

  /** Those that are wanted, in the order of caller and path. */
  #all(isWanted: (counts: Counts) => boolean): { label: string; path: string; counts: Counts }[] {
    const found: { label: string; path: string; counts: Counts }[] = [];
    for (const [label, byPath] of this.#byCaller) {
      for (const [path, counts] of byPath) if (isWanted(counts)) found.push({ label, path, counts });
    }
    return found.sort((a, b) => byText(`${a.label} ${a.path}`, `${b.label} ${b.path}`));
  }
}

/** Which proxies a call passes until it reaches an application. */
function addWay(counts: Counts, index: TraceIndex, i: number): void {
  let proxies: string[] | undefined;
  let at = index.firstChild[i] as number;
  while (at >= 0 && index.isProxy[at] === 1) {
    const name = [serviceOf(index.spans[at] as Span), index.who[at]?.direction].filter(Boolean).join(" ");
    proxies ??= [];
    if (proxies.at(-1) !== name) proxies.push(name);
    at = lastChild(index, at);
  }
  if (at < 0) return;
  const { spanId } = index.spans[i] as Span;
  const seen = { traceId: index.traceId, spanId, callee: labelAt(index, at), proxies: proxies ?? noProxies };
  if (counts.first === undefined) {
    counts.first = seen;
    return;
  }
  if (counts.ways === undefined) {
    counts.ways = new Map();
    addTo(counts.ways, counts.first);
  }
  addTo(counts.ways, seen);
}

function addTo(ways: NonNullable<Counts["ways"]>, seen: NonNullable<Counts["first"]>): void {
  const byProxies = inner(ways, seen.callee);
  const key = seen.proxies.join("\n");
  const way = byProxies.get(key);
  if (way === undefined) byProxies.set(key, { proxies: seen.proxies, calls: [seen] });
  else way.calls.push(seen);
}

function inner<T>(outer: Map<string, Map<string, T>>, key: string): Map<string, T> {
  let found = outer.get(key);
  if (found === undefined) {
    found = new Map();
    outer.set(key, found);
  }
  return found;
}

/** Whether all that is below a call was made by its own process. */
function isWrapped(index: TraceIndex, i: number): boolean {
  const { firstChild, nextSibling } = index;
  const service = serviceOf(index.spans[i] as Span);
  for (let child = firstChild[i] as number; child >= 0; child = nextSibling[child] as number) {
    const span = index.spans[child] as Span;
    if (serviceOf(span) !== service || index.isProxy[child] !== index.isProxy[i] || span.kind === "server") {
      return false;
    }
  }
  return true;
}

function lastChild(index: TraceIndex, i: number): number {
  let last = -1;
  const { firstChild, nextSibling } = index;
  for (let at = firstChild[i] as number; at >= 0; at = nextSibling[at] as number) last = at;
  return last;
}

function byId(a: Seen, b: Seen): number {
  return byText(a.traceId + a.spanId, b.traceId + b.spanId);
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The spans of the first trace that show it, and the next traces. */
function shownBy(seen: Seen[]): Pick<Finding, "spanIds" | "otherTraceIds"> {
  const first = (seen[0] as Seen).traceId;
  const others = [...new Set(seen.map((it) => it.traceId))].filter((it) => it !== first);
  return {
    spanIds: seen.filter((it) => it.traceId === first).map((it) => it.spanId),
    ...(others.length > 0 ? { otherTraceIds: others.slice(0, namedTraces) } : {}),
  };
}
