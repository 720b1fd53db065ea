import assert from "node:assert/strict";
import type { Ledger, PartStatus } from "@envoy-mesh-lab/mesh";
import { isWell, meshStatus, readLedger, requireRuntime } from "@envoy-mesh-lab/mesh";
import type { Span } from "@envoy-mesh-lab/trace";
import { fetchTrace } from "@envoy-mesh-lab/trace/node";
import type { LoadCall } from "./load.ts";
import { expected, mesh, until } from "./mesh.ts";

/** Spans of one request: what the table of expected hops says. */
export const spansPerCall = expected.hops.length;

/** Those of them that the Envoys make. */
export const envoySpansPerCall = expected.hops.filter(
  (it) => it.service !== "gateway" && it.service !== "backend",
).length;

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

/** Whether one of the Envoys made the span. */
const isOfEnvoy = (span: Span) => span.resource["mesh.proxy.role"] !== undefined;

/** The calls of which Tempo does not have every span, once nothing more is on its way. */
export function incomplete(calls: readonly LoadCall[]): Promise<string[]> {
  return without(calls, spansPerCall, () => true);
}

/** The calls of which Tempo does not have every span of the Envoys, once nothing more is on its way. */
export function envoysIncomplete(calls: readonly LoadCall[]): Promise<string[]> {
  return without(calls, envoySpansPerCall, isOfEnvoy);
}

async function without(
  calls: readonly LoadCall[],
  wanted: number,
  isCounted: (span: Span) => boolean,
): Promise<string[]> {
  let missing = calls.map((call) => ({ call, count: 0 }));
  await until(
    async () => {
      const asked = missing.map(({ call }) => call);
      const found: typeof missing = [];
      // A few at a time, as Tempo refuses many. Whatever is complete is not asked for again.
      const ask = async () => {
        for (let call = asked.pop(); call !== undefined; call = asked.pop()) {
          const trace = call.traceId ? await fetchTrace(mesh.urls.tempo, call.traceId) : undefined;
          const count = new Set(trace?.spans.filter(isCounted).map((it) => it.spanId)).size;
          if (count !== wanted) found.push({ call, count });
        }
      };
      await Promise.all(Array.from({ length: 4 }, ask));
      missing = found;
      return missing.length;
    },
    (it) => it === 0,
  );
  return missing.map(
    ({ call, count }) => `${call.rpc} over ${call.protocol}: ${count} spans (${call.traceId})`,
  );
}

/** How many calls ended with which code. */
export function codesOf(calls: readonly Pick<LoadCall, "code">[]): Record<string, number> {
  const codes: Record<string, number> = {};
  for (const { code } of calls) {
    codes[code] = (codes[code] ?? 0) + 1;
  }
  return codes;
}

/** Every count of spans that a part keeps, as one list that two ledgers can be told apart by. */
export async function ledgerNow(): Promise<
  Ledger & { reported: number; lost: number; envoysSent: number; envoysLost: number }
> {
  const ledger = await readLedger(requireRuntime(mesh));
  const services = Object.values(ledger.services).map((it) => it ?? assert.fail("a service does not answer"));
  const envoys = Object.values(ledger.envoys).map((it) => it ?? assert.fail("an Envoy does not answer"));
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  const envoysSent = sum(envoys.map((it) => it.sent));
  const envoysLost = sum(envoys.map((it) => it.dropped + it.exportsFailed));
  return {
    ...ledger,
    reported: sum(services.map((it) => it.exported)) + envoysSent,
    lost: sum(services.map((it) => it.failed + it.dropped + it.tooLarge)) + envoysLost,
    envoysSent,
    envoysLost,
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
