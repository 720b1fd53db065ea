import type { EdgeCall, Party } from "@envoy-mesh-lab/compare";
import type { Topology } from "@envoy-mesh-lab/mesh";

/** Who calls when nobody is seen to. */
export const outside = "client";

/** What was seen of calls from one part to another. Times in ns. */
export interface EdgeFlow {
  readonly from: string;
  readonly to: string;
  readonly calls: number;
  readonly errors: number;
  readonly p50Ns: number;
  readonly p99Ns: number;
  /** Medians of what of a call was the time of proxies, of applications, and neither. */
  readonly proxyNs: number;
  readonly appNs: number;
  readonly otherNs: number;
}

/** What was seen of calls: edges, and parties that are no part of the mesh's files. */
export interface Flows {
  readonly edges: readonly EdgeFlow[];
  readonly strangers: readonly Party[];
}

/** More edges than these are no map; the first that are seen are reported. */
const edgesAtMost = 300;

interface Sums {
  readonly from: string;
  readonly to: string;
  errors: number;
  readonly durations: number[];
  readonly proxy: number[];
  readonly app: number[];
  readonly other: number[];
}

/** Puts the calls of many traces together by the parts of the mesh that they go from and to. */
export function flowsOf(calls: Iterable<EdgeCall>, topology: Topology): Flows {
  const partOf = partFinder(topology);
  const all = new Map<string, Sums>();
  const strangers = new Map<string, Party>();
  const known = new Set(topology.parts.map(({ name }) => name));
  for (const call of calls) {
    const from = call.from === undefined ? outside : partOf.service(call.from.service);
    const to = call.to === undefined ? partOf.peer(from, call.peers) : partOf.service(call.to.service);
    if (to === undefined || from === to) continue;
    const key = JSON.stringify([from, to]);
    let sums = all.get(key);
    if (sums === undefined) {
      if (all.size >= edgesAtMost) continue;
      sums = { from, to, errors: 0, durations: [], proxy: [], app: [], other: [] };
      all.set(key, sums);
      for (const party of [call.from, call.to]) {
        const name = party && partOf.service(party.service);
        if (party && name && !known.has(name)) strangers.set(name, { ...party, service: name });
      }
    }
    if (call.isError) sums.errors++;
    sums.durations.push(call.durationNs);
    sums.proxy.push(call.proxyNs);
    sums.app.push(call.appNs);
    sums.other.push(Math.max(0, call.durationNs - call.proxyNs - call.appNs));
  }
  const edges = [...all.values()].map(({ from, to, errors, durations, proxy, app, other }): EdgeFlow => {
    const sorted = durations.sort((a, b) => a - b);
    return {
      from,
      to,
      calls: sorted.length,
      errors,
      p50Ns: quantile(sorted, 0.5),
      p99Ns: quantile(sorted, 0.99),
      proxyNs: median(proxy),
      appNs: median(app),
      otherNs: median(other),
    };
  });
  return { edges, strangers: [...strangers.values()] };
}

/** Finds the part that a span's service is, and the one that a call without an answer was for. */
export function partFinder({ parts, edges }: Topology) {
  const byService = new Map(parts.map(({ serviceName, name }) => [serviceName, name]));
  const workloadOf = new Map(parts.map(({ name, workload }) => [name, workload]));
  return {
    service: (service: string): string => byService.get(service) ?? service,
    /** The part that the caller is set up to call and that is, or stands before, one of these; undefined for none. */
    peer: (from: string, peers: readonly string[]): string | undefined => {
      const targets = edges.filter((it) => it.from === from && !it.telemetry).map(({ to }) => to);
      for (const peer of peers) {
        const found = targets.find((it) => it === peer || workloadOf.get(it) === peer);
        if (found !== undefined) return found;
      }
      return targets.length === 1 ? targets[0] : undefined;
    },
  };
}

/** Of sorted numbers the smallest that a share of them does not exceed (nearest rank). */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

function median(numbers: number[]): number {
  return quantile(
    numbers.sort((a, b) => a - b),
    0.5,
  );
}
