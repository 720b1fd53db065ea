import assert from "node:assert/strict";
import { after, suite, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { partAction } from "@envoy-mesh-lab/mesh";
import { fetchTrace } from "@envoy-mesh-lab/trace/node";
import { allWell, codesOf, envoySpansPerCall, envoysIncomplete, ledgerNow, quietLedger } from "./faults.ts";
import { startLoad } from "./load.ts";
import { edgeUrl, mesh, until } from "./mesh.ts";

/** Calls a second; on a busy machine there are fewer. Those that are made are counted. */
const rate = 200;
const maxInFlight = 32;
const outageMs = 3_000;

/** What a stranger may write, of which Envoy makes tags. (gRPC-Web sends the user agent twice; the limit for all is 32 kB.) */
const large = { "user-agent": "u".repeat(10_000), "x-client-trace-id": "c".repeat(10_000) };

suite(`the Collector is away for ${outageMs / 1000} s at ${rate} calls a second: no Envoy loses a span`, () => {
  after(allWell);
  for (const [name, headers] of Object.entries({ "ordinary calls": {}, "calls with large headers": large })) {
    test(name, async () => {
      const before = await quietLedger();
      const load = startLoad({ rate, maxInFlight, kinds: ["unary"], request: { headers } });
      await delay(1_000);
      await partAction("stop", "otel-collector", { signal: "SIGKILL" });
      await delay(outageMs);
      await partAction("start", "otel-collector");
      const calls = await load.stop();
      await allWell();
      assert.ok(calls.length > 100, `${calls.length} calls`);
      assert.deepEqual(codesOf(calls), { ok: calls.length });
      assert.deepEqual(await envoysIncomplete(calls), []);

      const now = await until(
        ledgerNow,
        (it) => it.envoysSent - before.envoysSent === calls.length * envoySpansPerCall,
      );
      assert.equal(now.envoysSent - before.envoysSent, calls.length * envoySpansPerCall);
      assert.equal(now.envoysLost - before.envoysLost, 0);
    });
  }

  test("strangers with paths of 30 kB", async () => {
    const path = `/${"p".repeat(14_000)}?${"q".repeat(14_000)}`;
    const traceIds: string[] = [];
    const ask = async () => {
      const answer = await fetch(`${edgeUrl}${path}`);
      await answer.body?.cancel();
      assert.equal(answer.status, 404);
      traceIds.push(answer.headers.get("x-trace-id") ?? assert.fail("an answer without x-trace-id"));
    };
    await partAction("stop", "otel-collector", { signal: "SIGKILL" });
    const end = Date.now() + outageMs;
    while (Date.now() < end) {
      await Promise.all(Array.from({ length: rate / 10 }, ask));
      await delay(100);
    }
    await partAction("start", "otel-collector");
    await allWell();
    const missing = await until(
      async () => {
        // One after the other: Tempo refuses many queries at a time.
        let count = 0;
        for (const traceId of traceIds) {
          count += (await fetchTrace(mesh.urls.tempo, traceId))?.spans.length === 1 ? 0 : 1;
        }
        return count;
      },
      (it) => it === 0,
    );
    assert.ok(traceIds.length > 100, `${traceIds.length} requests`);
    assert.equal(missing, 0, `of ${traceIds.length}`);
  });
});
