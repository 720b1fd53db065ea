import type { SpanKind } from "@envoy-mesh-lab/trace";
import type { HopTable } from "./hop.ts";
import type { Placement } from "./place.ts";
import type { SpanIndex } from "./span-index.ts";

const kinds: SpanKind[] = ["unspecified", "internal", "server", "client", "producer", "consumer"];

/** Which spans stand below which, over many traces: counted by who made them and their kind. */
export class Structure {
  readonly #names: HopTable;
  /** Parent's number and child's number in one key; 0 stands for the top's parent. */
  readonly #edges = new Map<number, number>();

  constructor(names: HopTable) {
    this.#names = names;
  }

  /** Counts the edges of a trace's tree. */
  add(index: SpanIndex, placement: Placement, top: number): void {
    for (const span of placement.order) {
      const above = span === top ? 0 : this.#number(index, index.parent[span] as number);
      const edge = above * 67_108_864 + this.#number(index, span);
      this.#edges.set(edge, (this.#edges.get(edge) ?? 0) + 1);
    }
  }

  #number(index: SpanIndex, span: number): number {
    return (index.node[span] as number) * 8 + kinds.indexOf(index.spans[span]?.kind ?? "unspecified") + 1;
  }

  /** How often each party stands below which: party → party above → count. "" is above the top. */
  parents(): Map<string, Map<string, number>> {
    const parents = new Map<string, Map<string, number>>();
    for (const [edge, count] of this.#edges) {
      const child = this.#party(edge % 67_108_864);
      const counts = parents.get(child) ?? new Map<string, number>();
      counts.set(this.#party(Math.floor(edge / 67_108_864)), count);
      parents.set(child, counts);
    }
    return parents;
  }

  #party(number: number): string {
    return number === 0
      ? ""
      : `${this.#names.nameOf((number - 1) >> 3)} ${(kinds[(number - 1) & 7] as string).toUpperCase()}`;
  }
}

/** How the structures of two sets of traces differ. Parties are reported as `gateway-proxy outbound CLIENT`. */
export interface StructureDiff {
  /** Parties that make spans in A only. */
  onlyInA: { party: string; below: string[] }[];
  onlyInB: { party: string; below: string[] }[];
  /** Parties on both sides that stand below others: below `from` in A only, below `to` in B only. "" is the top. */
  moved: { party: string; from: string[]; to: string[] }[];
}

/** Compares two structures. The same on both sides gives three empty lists. */
export function diffStructures(a: Structure, b: Structure): StructureDiff {
  const inA = a.parents();
  const inB = b.parents();
  const only = (these: typeof inA, those: typeof inA) =>
    [...these]
      .filter(([party]) => !those.has(party))
      .map(([party, parents]) => ({ party, below: [...parents.keys()].sort() }))
      .sort(byParty);
  const moved = [...inA].flatMap(([party, parents]) => {
    const others = inB.get(party);
    if (others === undefined) {
      return [];
    }
    const from = [...parents.keys()].filter((it) => !others.has(it)).sort();
    const to = [...others.keys()].filter((it) => !parents.has(it)).sort();
    return from.length + to.length === 0 ? [] : [{ party, from, to }];
  });
  return { onlyInA: only(inA, inB), onlyInB: only(inB, inA), moved: moved.sort(byParty) };
}

function byParty(a: { party: string }, b: { party: string }): number {
  return a.party < b.party ? -1 : 1;
}
