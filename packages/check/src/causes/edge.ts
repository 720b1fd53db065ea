import type { TraceIndex } from "@envoy-mesh-lab/trace";
import type { Finding } from "../findings.ts";

/** The spans right at a broken edge, by their places: what is above it, and what hangs below it or should. */
export interface Edge {
  above: number[];
  below: number[];
}

/** The edge that a finding says is broken; rules put the span that shows it best first. */
export function edgeOf(index: TraceIndex, finding: Finding): Edge {
  const places = placesOf(index, finding);
  const hasParent = (it: number) => (index.parent[it] as number) >= 0;
  switch (finding.code) {
    // A call that has nothing below it; a second root, which belongs there, may stand with it.
    case "context.lost":
    case "sampling.mixed":
      return places.length > 1 && places.some((it) => !hasParent(it))
        ? { above: places.filter(hasParent), below: places.filter((it) => !hasParent(it)) }
        : { above: places, below: [] };
    case "hop.cut-off":
      return { above: places.filter(hasParent), below: places.filter((it) => !hasParent(it)) };
    case "hop.sibling":
      return { above: places.slice(1), below: places.slice(0, 1) };
    // The second is the parent that the span has, which is not that of the edge.
    case "hop.wrong-parent":
      return { above: [], below: places.slice(0, 1) };
    // The first is where the trace begins.
    case "trace.several-roots":
      return { above: [], below: places.slice(1) };
    default: {
      const parents = new Set(places.map((it) => index.parent[it]));
      return {
        above: places.filter((it) => parents.has(it)),
        below: places.filter((it) => !parents.has(it)),
      };
    }
  }
}

/** Where the spans of a finding are in a trace; those that it does not have are left out. */
export function placesOf(index: TraceIndex, { spanIds }: Finding): number[] {
  return spanIds.flatMap((id) => index.places.get(id) ?? []);
}
