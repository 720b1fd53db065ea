import type { Ledger, Mesh } from "@envoy-mesh-lab/mesh";
import { readLedger } from "@envoy-mesh-lab/mesh";
import type { Trace } from "@envoy-mesh-lab/trace";
import { serviceOf } from "@envoy-mesh-lab/trace";
import type { GradeItem } from "./grade.ts";
import { missed } from "./grade.ts";

/** Says whether spans were made by whom they name; to be asked when they have arrived. */
export type Witness = (traces: readonly Trace[]) => Promise<GradeItem[]>;

/**
 * Takes note of how many spans every part of the mesh has made so far. Whoever is asked later how many it has made since
 * cannot have fewer than there are in the traces: what is more was written by somebody else in its name.
 *
 * @returns what says nothing where the mesh is not run by the lab, because nobody can be asked.
 */
export async function callWitness({ runtime }: Pick<Mesh, "runtime">): Promise<Witness> {
  if (runtime === undefined) return async () => [];
  const before = madeBy(await readLedger(runtime));
  return async (traces) => gradeWitness(traces, before, madeBy(await readLedger(runtime)));
}

/** How many spans each part says that it has made; a part that does not answer is left out. */
export function madeBy({ envoys, services }: Pick<Ledger, "envoys" | "services">): Map<string, number> {
  const counts: [string, number | undefined][] = [
    ...Object.entries(envoys).map(([name, it]): [string, number | undefined] => [name, it?.sent]),
    ...Object.entries(services).map(([name, it]): [string, number | undefined] => [name, it?.ended]),
  ];
  return new Map(counts.flatMap(([name, count]) => (count === undefined ? [] : [[name, count] as const])));
}

/** Compares the spans of traces with what their makers say; empty where nothing is strange. */
export function gradeWitness(
  traces: readonly Trace[],
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): GradeItem[] {
  // A span that was sent twice is one.
  const found = Map.groupBy(
    new Map(traces.flatMap(({ spans }) => spans).map((it) => [it.spanId, serviceOf(it)])),
    ([, service]) => service,
  );
  return [...found].flatMap(([service, spans]) => {
    const [from, to] = [before.get(service), after.get(service)];
    if (from === undefined || to === undefined || spans.length <= to - from) return [];
    const expectation = `${service} itself has made all spans that have its name`;
    const seen = `the traces have ${spans.length}, and it has made ${to - from} since the calls began`;
    const spanIds = spans.slice(0, 3).map(([spanId]) => spanId);
    return [missed(expectation, seen, { code: "spans.unknown", edge: service }, { spanIds })];
  });
}
