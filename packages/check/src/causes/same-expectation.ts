import type { TraceIndex } from "@envoy-mesh-lab/trace";
import type { Finding } from "../findings.ts";
import { placesOf } from "./edge.ts";
import { isOutcome } from "./explains.ts";

/** So many spans above one are looked at for the same finding; bounds the work in very deep traces. */
const lookUp = 256;

/**
 * Which findings say the same of spans on one way, for hops that each expect it: an attribute that is not there, or is another.
 * What passes down with a request, first went wrong at the highest span; how a call ended, at the lowest.
 */
export function sameExpectations(index: TraceIndex, findings: readonly Finding[]): Map<Finding, Finding> {
  const from = new Map<Finding, Finding>();
  const at = new Map<string, Finding>();
  const alone = new Map<Finding, number>();
  for (const it of findings) {
    const [place] = placesOf(index, it);
    if (it.about === undefined || it.about.key === "count" || place === undefined) continue;
    if (it.about.which === undefined) {
      alone.set(it, place);
      at.set(keyOf(it, place), it);
    }
  }
  for (const [it, place] of [...alone].sort(([, a], [, b]) => a - b)) {
    let up = index.parent[place] as number;
    for (let n = 0; up >= 0 && n < lookUp; n++, up = index.parent[up] as number) {
      const above = at.get(keyOf(it, up));
      if (above === undefined) continue;
      if (!isOutcome(it)) from.set(it, above);
      else if (!from.has(above)) from.set(above, it);
      break;
    }
  }
  for (const all of findings.filter((it) => it.about?.which !== undefined)) {
    for (const place of placesOf(index, all)) {
      const one = at.get(keyOf(all, place));
      if (one) from.set(one, all);
    }
  }
  return from;
}

function keyOf({ code, about }: Finding, place: number): string {
  return [code, about?.key, about?.seen, place].join("\n");
}
