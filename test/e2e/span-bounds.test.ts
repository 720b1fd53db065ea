import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { deliver } from "@envoy-mesh-lab/chassis/testing";
import { createTransports, protocols } from "@envoy-mesh-lab/connections";
import { call, findRpc } from "@envoy-mesh-lab/load";
import { partAction } from "@envoy-mesh-lab/mesh";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { TracerProvider } from "@opentelemetry/sdk-trace";
import { allWell, codesOf, ledgerNow } from "./faults.ts";
import { startLoad } from "./load.ts";
import { aRequest, edgeUrl, mesh, traceOf, until } from "./mesh.ts";

/* What strangers and outages may do to the services' spans: grow them, and hold them up. The counts are the services' own. */

interface ServiceLedger {
  ended: number;
  exported: number;
  failed: number;
  dropped: number;
  tooLarge: number;
}

/** How long a span is as text, about. */
function lengthOf(span: object): number {
  return JSON.stringify(span, (_key, value) => (typeof value === "bigint" ? String(value) : value)).length;
}

/** What the services say of their spans, once none is on its way. */
async function settled(): Promise<ServiceLedger> {
  const { services } = await until(ledgerNow, (it) =>
    Object.values(it.services).every((counts) => counts?.queued === 0),
  );
  const sum = (count: keyof ServiceLedger) =>
    Object.values(services).reduce((total, it) => total + (it?.[count] ?? 0), 0);
  return {
    ended: sum("ended"),
    exported: sum("exported"),
    failed: sum("failed"),
    dropped: sum("dropped"),
    tooLarge: sum("tooLarge"),
  };
}

/** Asserts that of the spans that ended since then every one was taken. @returns how many. */
async function assertNoneLost(before: ServiceLedger): Promise<number> {
  const after = await settled();
  const ended = after.ended - before.ended;
  assert.deepEqual(after, { ...before, ended: after.ended, exported: before.exported + ended });
  return ended;
}

/** A drink's name that nearly fills the largest message that the services read, in characters of one and of four bytes. */
const longNames = { letters: "x".repeat(4_194_000), cups: "🍵".repeat(1_048_000) };

for (const protocol of protocols) {
  suite(`a drink's name of 4 MB, over ${protocol}`, () => {
    test("comes back in no answer at length, onto no span, and costs no other span", async () => {
      const before = await settled();
      const load = startLoad({ rate: 20 });
      const transports = createTransports({ url: edgeUrl });
      try {
        for (const name of ["OrderDrink", "WatchOrder", "ServeTable"]) {
          for (const drink of Object.values(longNames)) {
            const rpc = findRpc(name, undefined);
            const refused = await call(transports[protocol], aRequest({ rpc, drink, messages: 1 }));
            assert.equal(refused.code, "not_found", refused.message?.slice(0, 300));
            assert.ok((refused.message?.length ?? 0) < 300, `${refused.message?.length} characters`);
            const { spans } = await traceOf(refused, 11);
            assert.ok(
              spans.every((it) => lengthOf(it) < 10_000),
              spans.map(lengthOf).join(", "),
            );
          }
        }
      } finally {
        transports.close();
        assert.deepEqual(Object.keys(codesOf(await load.stop())), ["ok"]);
      }
      assert.ok((await assertNoneLost(before)) > 100);
    });
  });
}

test("the Collector is away for 3 s, twice, and then for 12 s: the services lose no span, and are done soon after", async () => {
  const before = await settled();
  const load = startLoad({ rate: 30 });
  for (const awayMs of [3_000, 3_000, 12_000]) {
    await delay(1_000);
    await partAction("stop", "otel-collector");
    await delay(awayMs);
    await partAction("start", "otel-collector");
    await allWell();
  }
  await load.stop();
  assert.ok((await assertNoneLost(before)) > 1_000);
});

suite("a batch that is larger than what the Collector takes", () => {
  const tracer = new TracerProvider().getTracer("test");

  const collector = `http://127.0.0.1:${mesh.hostPort("otel-collector", 4317)}`;

  function spanOf(name: string, bytes: number): ReadableSpan {
    const span = tracer.startSpan(name, { attributes: { text: "x".repeat(bytes) } });
    span.end();
    return span as unknown as ReadableSpan;
  }

  test("is taken in pieces", async () => {
    const batch = Array.from({ length: 30 }, (_, i) => spanOf(`span ${i}`, 300_000));
    const { delivered, refused, errors } = await deliver(collector, batch);
    assert.deepEqual(errors, [], "that is no outage");
    assert.deepEqual(delivered, { exported: 30, failed: 0, tooLarge: 0 });
    assert.deepEqual(refused, []);
  });

  test("loses the one span that is larger alone, and tells its name, its size and the Collector's words", async () => {
    const batch = Array.from({ length: 30 }, (_, i) => spanOf(`span ${i}`, i === 17 ? 4_300_000 : 100));
    const { delivered, refused, errors } = await deliver(collector, batch);
    assert.deepEqual(errors, [], "that is no outage");
    assert.deepEqual(delivered, { exported: 29, failed: 0, tooLarge: 1 });
    const [only, ...others] = refused;
    assert.equal(others.length, 0);
    assert.equal(only?.name, "span 17");
    assert.ok((only?.bytes ?? 0) > 4_300_000);
    assert.match(only?.reason ?? "", /received message larger than max \(43\d+ vs\. 4194304\)/);
  });
});
