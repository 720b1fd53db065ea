import assert from "node:assert/strict";
import type { Ledger } from "@envoy-mesh-lab/mesh";
import { isWell, meshStatus, type PartStatus, readLedger, requireRuntime } from "@envoy-mesh-lab/mesh";
import { fetchTrace } from "@envoy-mesh-lab/trace/node";
import type { LoadCall } from "./load.ts";
import { expected, mesh, until } from "./mesh.ts";

/** Spans of one request: what the table of expected hops says. */
export const spansPerCall = expected.hops.length;

/** The status of one part. */
export async function partNow(name: string): Promise<PartStatus> {
  const found = (await meshStatus()).parts.find((it) => it.name === name);
  assert.ok(found, `the mesh has a part ${name}`);
  return found;
}

/** Waits until every part is well again. */
export async function allWell(): Promise<void> {
  const { parts } = await until(
    () => meshStatus(),
    (it) => it.parts.every(isWell),
  );
  assert.deepEqual(
    parts.filter((it) => !isWell(it)).map((it) => `${it.name} is ${it.state}`),
    [],
  );
}

/** How many spans Tempo has of each call, by span id. */
export async function spansInTempo(calls: readonly LoadCall[]): Promise<number[]> {
  const counts: number[] = [];
  for (const { traceId } of calls) {
    const trace = traceId ? await fetchTrace(mesh.urls.tempo, traceId) : undefined;
    counts.push(new Set(trace?.spans.map((it) => it.spanId)).size);
  }
  return counts;
}

/** The calls of which Tempo does not have every span, once nothing more is on its way. */
export async function incomplete(calls: readonly LoadCall[]): Promise<string[]> {
  const counts = await until(
    () => spansInTempo(calls),
    (it) => it.every((count) => count === spansPerCall),
  );
  return calls.flatMap((call, i) =>
    counts[i] === spansPerCall
      ? []
      : [`${call.rpc} over ${call.protocol}: ${counts[i]} spans (${call.traceId})`],
  );
}

/** How many calls ended with which code. */
export function codesOf(calls: readonly LoadCall[]): Record<string, number> {
  const codes: Record<string, number> = {};
  for (const { code } of calls) {
    codes[code] = (codes[code] ?? 0) + 1;
  }
  return codes;
}

/** Every count of spans that a part keeps, as one list that two ledgers can be told apart by. */
export async function ledgerNow(): Promise<Ledger & { reported: number; lost: number }> {
  const ledger = await readLedger(requireRuntime(mesh));
  const services = Object.values(ledger.services).map((it) => it ?? assert.fail("a service does not answer"));
  const envoys = Object.values(ledger.envoys).map((it) => it ?? assert.fail("an Envoy does not answer"));
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  return {
    ...ledger,
    reported: sum([...services.map((it) => it.exported), ...envoys.map((it) => it.sent)]),
    lost: sum([
      ...services.map((it) => it.failed + it.dropped),
      ...envoys.map((it) => it.dropped + it.exportsFailed),
    ]),
  };
}

/** The counts once nothing is on its way any more, so that what comes after can be told from what was before. */
export function quietLedger(): ReturnType<typeof ledgerNow> {
  let last = "";
  return until(ledgerNow, (it) => {
    const counts = JSON.stringify(it);
    const isQuiet = counts === last && it.collector?.queueSize === 0;
    last = counts;
    return isQuiet;
  });
}
