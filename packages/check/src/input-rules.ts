import type { Span, TraceIndex } from "@envoy-mesh-lab/trace";
import { edgeAt, labelAt, noParent, serviceOf } from "@envoy-mesh-lab/trace";
import type { Finding } from "./findings.ts";
import type { InputFinding } from "./input-finding.ts";
import { LostContexts, lostBetween } from "./lost-context.ts";
import { openCallAt, pathAt } from "./open-calls.ts";
import { hasFailed, isLeafSystem, pathOf, proxySawFailure, requestIdOf } from "./span-facts.ts";
import { SpanNames } from "./span-names.ts";

/** How many other traces a finding names. */
const namedTraces = 5;

/** Of fewer calls in one trace, that some go on and some do not, says nothing: they may be to different parties. */
const enoughCalls = 4;

/**
 * What only several traces, or several calls, show together: a context that was lost between two traces, a proxy that is
 * missing where others have it, and calls of which only a part goes on. Keeps of each trace a few words for each root and
 * call, not the spans.
 */
export class InputRules {
  readonly #lost = new LostContexts();
  /** By who calls, and by the path. */
  readonly #calls = new Map<string, Map<string, CallCounts>>();
  /** By who calls whom, and by the path: the ways that calls take. */
  readonly #ways = new Map<string, Map<string, Ways>>();
  readonly #names = new SpanNames();

  add(index: TraceIndex): void {
    const requestIds = requestIdsOf(index);
    for (let i = 0; i < index.spans.length; i++) {
      if (index.parent[i] === noParent) this.#addRoot(index, i, requestIds);
      const span = index.spans[i] as Span;
      this.#names.add(span);
      const open = (index.firstChild[i] as number) < 0;
      // What only handles a request is of use where the request can be told by its id.
      const mayFit = open && (span.kind === "client" || requestIds.length > 0);
      const call = mayFit ? openCallAt(index, i) : undefined;
      if (call) this.#lost.addOpen(call, requestIds);
      if (span.kind !== "client" || isLeafSystem(span)) continue;
      const path = call === undefined ? pathAt(index, i) : call.path;
      if (path !== undefined) this.#addCall(index, i, path, open);
    }
  }

  /** What was found; in the order of the traces' start, whatever order they came in. */
  findings(): InputFinding[] {
    const lost = this.#lost.find();
    const claimed = new Set(lost.map((it) => it.call.traceId + it.call.spanId));
    return [
      ...lost.map((it) => ({ finding: lostBetween(it), calls: [it.call, it.root] })),
      ...this.#mixedSampling(claimed),
      ...this.#missingProxies(),
      ...this.#names.findings(),
    ];
  }

  #addRoot(index: TraceIndex, i: number, requestIds: string[]): void {
    const span = index.spans[i] as Span;
    if (span.kind !== "server" && span.kind !== "client") return;
    this.#lost.addRoot({
      traceId: index.traceId,
      spanId: span.spanId,
      label: labelAt(index, i),
      service: serviceOf(span),
      isProxy: index.isProxy[i] === 1,
      isCall: span.kind === "client" && index.isProxy[i] !== 1,
      path: pathOf(span),
      requestIds,
      start: Number(index.baseNs) + (index.start[i] as number),
      end: Number(index.baseNs) + (index.end[i] as number),
    });
  }

  #addCall(index: TraceIndex, i: number, path: string, open: boolean): void {
    const span = index.spans[i] as Span;
    const isProxy = index.isProxy[i] === 1;
    if (isProxy ? proxySawFailure(span) : hasFailed(span)) return;
    // A call that one instrumentation wraps around another's is not the one that goes on.
    if (!open && isWrapped(index, i)) return;
    const byPath = inner(this.#calls, labelAt(index, i));
    let counts = byPath.get(path);
    if (counts === undefined) {
      counts = { goOn: 0, ended: none, traceId: index.traceId, isOfSeveral: false };
      byPath.set(path, counts);
    }
    if (counts.traceId !== index.traceId) counts.isOfSeveral = true;
    if (open) {
      if (counts.ended === none) counts.ended = [];
      counts.ended.push({
        traceId: index.traceId,
        spanId: span.spanId,
        start: Number(index.baseNs) + (index.start[i] as number),
      });
    } else {
      counts.goOn++;
      if (!isProxy) this.#addWay(index, i, path);
    }
  }

  /** Which proxies a call passes until it reaches an application. */
  #addWay(index: TraceIndex, i: number, path: string): void {
    const proxies: string[] = [];
    let at = index.firstChild[i] as number;
    while (at >= 0 && index.isProxy[at] === 1) {
      const name = [serviceOf(index.spans[at] as Span), index.who[at]?.direction].filter(Boolean).join(" ");
      if (proxies.at(-1) !== name) proxies.push(name);
      at = lastChild(index, at);
    }
    if (at < 0) return;
    const byPath = inner(this.#ways, edgeAt(index, i, at));
    const seen = { traceId: index.traceId, spanId: (index.spans[i] as Span).spanId };
    const ways = byPath.get(path);
    if (ways === undefined) byPath.set(path, { first: { proxies, calls: [seen] }, others: undefined });
    else wayBy(ways, proxies).calls.push(seen);
  }

  #mixedSampling(claimed: Set<string>): InputFinding[] {
    const mixed = flat(this.#calls, ({ goOn, ended }) => goOn > 0 && ended.length > 0);
    return mixed.sort(byKey).flatMap(([key, { goOn, ended, isOfSeveral }]): InputFinding[] => {
      const lost = ended
        .filter((it) => !claimed.has(it.traceId + it.spanId))
        .sort((a, b) => a.start - b.start || byText(a, b));
      const all = goOn + lost.length;
      if (lost.length === 0 || (!isOfSeveral && all < enoughCalls)) return [];
      const label = key.slice(0, key.lastIndexOf(" "));
      return [
        {
          calls: lost,
          finding: {
            code: "sampling.mixed",
            edge: `${label} > ?`,
            evidence: `of ${all} calls of ${key} that went well, ${goOn} go on below and ${lost.length} (${((100 * lost.length) / all).toFixed(1)} %) end there`,
            cause:
              lost.length / all < 0.05
                ? "a few spans were dropped on their way, or not all have arrived yet; or somebody behind this call samples a little less than the rest"
                : "somebody behind this call decides on sampling anew, instead of following its caller (Envoy's random_sampling, which from 1.39 on goes before the caller's flag; Istio's randomSamplingPercentage; a sampler that is not parent-based); or a part of the calls takes another way",
            remedy:
              "decide once, at the edge: in the Envoys behind it random_sampling 100 and x-request-id and traceparent passed on (Istio: randomSamplingPercentage 100, no disableSpanReporting), in the services parent-based samplers; in Istio's ambient mode see that all callers go through the waypoint",
            ...shownBy(lost),
          },
        },
      ];
    });
  }

  #missingProxies(): InputFinding[] {
    const several = flat(this.#ways, ({ others }) => others !== undefined);
    return several.sort(byKey).flatMap(([, { first, others }, edge]) => {
      const all = [first, ...(others?.values() ?? [])].sort((a, b) => b.proxies.length - a.proxies.length);
      const [longest, ...shorter] = all as [Way, ...Way[]];
      return shorter
        .filter((it) => it.proxies.length < longest.proxies.length)
        .filter((it) => it.proxies.every((name) => longest.proxies.includes(name)))
        .map((way) => {
          const gone = longest.proxies.filter((it) => !way.proxies.includes(it));
          const calls = way.calls.sort(byText);
          return {
            calls,
            finding: {
              code: "hop.missing" as const,
              edge,
              evidence: `no span of ${gone.join(", ")} in ${calls.length} calls, although ${longest.calls.length} of the same calls have them`,
              cause: `${gone.join(" and ")} passed these requests on without a span, or they went past it`,
              remedy:
                "see that every replica has the same settings for tracing, and that no call goes around the proxy (Istio's ambient mode: only what comes through ztunnel, or from a gateway with istio.io/ingress-use-waypoint, passes a waypoint; ztunnel itself makes no spans)",
              ...shownBy(calls),
            },
          };
        });
    });
  }
}

interface Seen {
  traceId: string;
  spanId: string;
}
/** Where no call ended: most paths are called once, and there may be very many. */
const none: CallCounts["ended"] = [];

interface CallCounts {
  goOn: number;
  ended: (Seen & { start: number })[];
  /** The first trace that has such calls, and whether there is another. */
  traceId: string;
  isOfSeveral: boolean;
}
interface Way {
  proxies: readonly string[];
  calls: Seen[];
}

/** Most calls take one way only. */
interface Ways {
  first: Way;
  /** By their proxies. */
  others: Map<string, Way> | undefined;
}

function wayBy(ways: Ways, proxies: readonly string[]): Way {
  const key = proxies.join("\n");
  if (key === ways.first.proxies.join("\n")) return ways.first;
  ways.others ??= new Map();
  let way = ways.others.get(key);
  if (way === undefined) {
    way = { proxies, calls: [] };
    ways.others.set(key, way);
  }
  return way;
}

function inner<T>(outer: Map<string, Map<string, T>>, key: string): Map<string, T> {
  let found = outer.get(key);
  if (found === undefined) {
    found = new Map();
    outer.set(key, found);
  }
  return found;
}

/** Those of two maps' values that are wanted, each with both its keys and with the first. */
function flat<T>(outer: Map<string, Map<string, T>>, isWanted: (it: T) => boolean): [string, T, string][] {
  const found: [string, T, string][] = [];
  for (const [first, values] of outer) {
    for (const [second, it] of values) if (isWanted(it)) found.push([`${first} ${second}`, it, first]);
  }
  return found;
}

/** The request ids of a trace, a few of them: a trace of very many requests joins to nothing by them. */
function requestIdsOf(index: TraceIndex): string[] {
  const ids: string[] = [];
  for (let i = 0; i < index.spans.length && ids.length < 4; i++) {
    const id = index.isProxy[i] === 1 ? requestIdOf(index.spans[i] as Span) : undefined;
    if (id !== undefined && !ids.includes(id)) ids.push(id);
  }
  return ids;
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

function byText(a: Seen, b: Seen): number {
  const [x, y] = [a.traceId + a.spanId, b.traceId + b.spanId];
  return x < y ? -1 : x > y ? 1 : 0;
}

function byKey([a]: readonly [string, ...unknown[]], [b]: readonly [string, ...unknown[]]): number {
  return a < b ? -1 : 1;
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
