import type { Span, TraceIndex } from "@envoy-mesh-lab/trace";
import { labelAt, serviceOf } from "@envoy-mesh-lab/trace";
import { isLeafSystem, pathOf } from "./span-facts.ts";

/** By how many nanoseconds at most, and by how much of its duration, a span may stick out of its call: clocks differ. */
const tolerance = 10e6;
const toleratedShare = 0.5;

/** How many calls that began before are looked at for one that fits; bounds the work where many overlap. */
const lookBack = 64;

/** A call below which the trace shows nothing: where a lost context may have been lost. */
export interface OpenCall {
  traceId: string;
  spanId: string;
  /** Its place in the index of its trace. */
  place: number;
  label: string;
  service: string;
  isProxy: boolean;
  /** Whether it is a SERVER span: not a call, but a handler that calls nobody. */
  isHandler: boolean;
  /** Whether an Envoy asks somebody about a request by it, beside sending the request on. */
  isSideCall: boolean;
  /** Whether it is of a sidecar that hands on what comes in: then it calls its own application, and nobody else. */
  toOwnApp: boolean;
  path: string | undefined;
  /** Nanoseconds since 1970. */
  start: number;
  end: number;
}

/** The open call at a place in a trace; undefined when the span is none: it has children, or no far side to expect. */
export function openCallAt(index: TraceIndex, i: number): OpenCall | undefined {
  if (!isOpenCall(index, i)) return undefined;
  const span = index.spans[i] as Span;
  const who = index.who[i];
  return {
    traceId: index.traceId,
    spanId: span.spanId,
    place: i,
    label: labelAt(index, i),
    service: serviceOf(span),
    isProxy: index.isProxy[i] === 1,
    isHandler: span.kind === "server",
    isSideCall: index.isProxy[i] === 1 && span.name.startsWith("async "),
    toOwnApp:
      who?.role === "proxy" &&
      who.direction === "inbound" &&
      who.workload !== undefined &&
      !span.name.startsWith("async "),
    path: pathAt(index, i),
    start: Number(index.baseNs) + (index.start[i] as number),
    end: Number(index.baseNs) + (index.end[i] as number),
  };
}

/** Whether there is an open call at a place in a trace. */
export function isOpenCall(index: TraceIndex, i: number): boolean {
  const span = index.spans[i] as Span;
  const isCall = span.kind === "client" || span.kind === "server";
  return isCall && callsNobody(index, i) && !isLeafSystem(span);
}

/**
 * Whether nothing is below a span, or below a CLIENT span or a proxy's no more than its own INTERNAL spans (a connection
 * that is made, a filter, a phase). An application's handler that works may well call nobody.
 */
function callsNobody(index: TraceIndex, i: number): boolean {
  const { firstChild, nextSibling, isProxy, spans } = index;
  if ((firstChild[i] as number) < 0) return true;
  if ((spans[i] as Span).kind !== "client" && isProxy[i] !== 1) return false;
  const service = serviceOf(spans[i] as Span);
  const open = [i];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (let child = firstChild[at] as number; child >= 0; child = nextSibling[child] as number) {
      const span = spans[child] as Span;
      if (span.kind !== "internal" || serviceOf(span) !== service) return false;
      open.push(child);
    }
  }
  return true;
}

/** The path of a call; Envoy writes none on its CLIENT spans, so that it is taken from the SERVER span above. */
export function pathAt(index: TraceIndex, i: number): string | undefined {
  const { name } = index.spans[i] as Span;
  // A side call of an Envoy (ext_authz, ext_proc, a rate limit) has a path of its own, which for gRPC its name tells.
  if (index.isProxy[i] === 1 && name.startsWith("async ")) {
    const [, service, method] = /^async ([\w.]+)\.(\w+) egress$/.exec(name) ?? [];
    return service?.includes(".") ? `/${service}/${method}` : undefined;
  }
  const path = pathOf(index.spans[i] as Span);
  const parent = index.parent[i] as number;
  return path === undefined && index.isProxy[i] === 1 && parent >= 0 && index.isProxy[parent] === 1
    ? pathOf(index.spans[parent] as Span)
    : path;
}

/** Whether a call holds the time from start to end, in nanoseconds since 1970, give or take what clocks differ. */
export function holds(call: Pick<OpenCall, "start" | "end">, start: number, end: number): boolean {
  const out = Math.max(0, call.start - start) + Math.max(0, end - call.end);
  return out <= Math.min(tolerance, toleratedShare * (end - start));
}

/** Open calls, to be asked for the one in which a span fits. Each is given out once. */
export class OpenCalls {
  readonly #byKey = new Map<string, OpenCall[]>();
  readonly #taken: Set<string>;
  /** The keys whose calls are in order of start. */
  readonly #sorted = new Set<string>();

  /** @param taken the calls that were given out, where several of these share calls. */
  constructor(taken: Set<string> = new Set()) {
    this.#taken = taken;
  }

  /** All calls of that key, taken or not. */
  of(key: string): readonly OpenCall[] {
    return this.#byKey.get(key) ?? [];
  }

  add(call: OpenCall, key: string): void {
    const calls = this.#byKey.get(key);
    if (calls) {
      calls.push(call);
    } else {
      this.#byKey.set(key, [call]);
    }
    this.#sorted.delete(key);
  }

  /**
   * The shortest open call of that key that holds the time from start to end, in nanoseconds since 1970, give or take
   * what clocks differ; undefined when none does. What merely follows a call closely is not held by it.
   */
  take(
    key: string,
    start: number,
    end: number,
    fits: (call: OpenCall) => boolean = () => true,
  ): OpenCall | undefined {
    const calls = this.#inOrder(key);
    let low = 0;
    let high = calls.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((calls[middle] as OpenCall).start <= start + tolerance) low = middle + 1;
      else high = middle;
    }
    let best: OpenCall | undefined;
    for (let i = low - 1; i >= Math.max(0, low - lookBack); i--) {
      const call = calls[i] as OpenCall;
      if (
        holds(call, start, end) &&
        (best === undefined || call.end - call.start < best.end - best.start) &&
        !(this.#taken.size > 0 && this.#taken.has(call.traceId + call.spanId)) &&
        fits(call)
      ) {
        best = call;
      }
    }
    if (best) {
      this.#taken.add(best.traceId + best.spanId);
    }
    return best;
  }

  /** Lets a call that was taken be taken by another. */
  giveBack(call: OpenCall): void {
    this.#taken.delete(call.traceId + call.spanId);
  }

  #inOrder(key: string): readonly OpenCall[] {
    const calls = this.#byKey.get(key) ?? [];
    if (calls.length > 1 && !this.#sorted.has(key)) {
      calls.sort((a, b) => a.start - b.start || (a.traceId + a.spanId < b.traceId + b.spanId ? -1 : 1));
      this.#sorted.add(key);
    }
    return calls;
  }
}
