import type { PartPort } from "../lab-parts.ts";
import { adminPorts, labParts, servicePorts } from "../lab-parts.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Ledger, ServiceCounts } from "./ledger.ts";
import { toCollectorCounts, toEnvoyCounts, toTempoCounts } from "./ledger.ts";

/** Asks every part of a mesh for its own count of spans; undefined for who does not answer. */
export async function readLedger(runtime: Runtime): Promise<Ledger> {
  // Who is down, or no part of the mesh as it runs, is a finding here, not an error.
  const askAll = async ({ service: part, port }: PartPort, path: string) =>
    known.has(part) ? await runtime.get(part, port, path) : [];
  const ask = async <T>(part: PartPort, path: string, parse: (text: string) => T) => {
    // Several that are one part, as two proxies before one Tempo, say the same.
    const [text] = await askAll(part, path);
    return text === undefined ? undefined : parse(text);
  };
  const askSum = async <T extends Counts<T>>(part: PartPort, path: string, parse: (text: string) => T) =>
    sumCounts((await askAll(part, path)).map(parse));
  const known = new Set((await runtime.status()).parts.map(({ name }) => name));
  const all = async <T>(parts: readonly PartPort[], read: (part: PartPort) => Promise<T>) =>
    Object.fromEntries(await Promise.all(parts.map(async (it) => [it.service, await read(it)]))) as Record<
      string,
      T
    >;
  const [serviceCounts, envoyCounts, collector, tempoMetrics] = await Promise.all([
    all(servicePorts, (part) => askSum(part, "/debug/telemetry", (it) => JSON.parse(it) as ServiceCounts)),
    all(adminPorts, (part) =>
      askSum(part, "/stats?filter=^(tracing|cluster.(spans|otel_collector).upstream_rq)", toEnvoyCounts),
    ),
    askSum(labParts.collector, "/metrics", toCollectorCounts),
    ask(labParts.tempo, "/metrics", (it) => it),
  ]);
  const tempo =
    tempoMetrics === undefined
      ? undefined
      : toTempoCounts(tempoMetrics, await runtime.readLog(labParts.tempoItself.service));
  return { services: serviceCounts, envoys: envoyCounts, collector, tempo };
}

/** Nothing but numbers. */
type Counts<T> = { readonly [K in keyof T]: number };

/** What all instances of a part count together; undefined when none answers. */
export function sumCounts<T extends Counts<T>>(all: readonly T[]): T | undefined {
  const [first, ...rest] = all;
  if (first === undefined) return undefined;
  const sum = { ...first };
  for (const it of rest) {
    for (const key of Object.keys(sum) as (keyof T)[]) sum[key] = (sum[key] + it[key]) as T[keyof T];
  }
  return sum;
}
