import type { TraceLine } from "@envoy-mesh-lab/check";

/** How many traces the list keeps: at a thousand a minute, those of the last minutes. */
export const mostListed = 2000;

/** Puts traces that came or have grown into a list, the newest first; beyond `mostListed` the oldest are forgotten. */
export function withTraces(list: readonly TraceLine[], came: readonly TraceLine[]): readonly TraceLine[] {
  if (came.length === 0) return list;
  const byId = new Map(came.map((it) => [it.traceId, it]));
  const others = list.filter((it) => !byId.has(it.traceId));
  const fresh = [...byId.values()].sort(newestFirst);
  return merged(fresh, others).slice(0, mostListed);
}

function newestFirst(a: TraceLine, b: TraceLine): number {
  if (a.startNs !== b.startNs) return a.startNs > b.startNs ? -1 : 1;
  return a.traceId < b.traceId ? -1 : 1;
}

/** Two lists that are in order as one. */
function merged(a: readonly TraceLine[], b: readonly TraceLine[]): TraceLine[] {
  const all: TraceLine[] = [];
  let j = 0;
  for (const it of a) {
    while (j < b.length && newestFirst(b[j] as TraceLine, it) < 0) all.push(b[j++] as TraceLine);
    all.push(it);
  }
  return [...all, ...b.slice(j)];
}
