import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { createTransports, protocols } from "@envoy-mesh-lab/connections";
import { call, findRpc } from "@envoy-mesh-lab/load";
import { meshUp } from "@envoy-mesh-lab/mesh";
import { serviceOf } from "@envoy-mesh-lab/trace";
import { stringify } from "yaml";
import type { OddAnswer } from "../hostile/odd-answers.ts";
import { oddAnswers } from "../hostile/odd-answers.ts";
import { allWell, partNow, quietLedger } from "./faults.ts";
import { aRequest, edgeUrl, traceOf, until } from "./mesh.ts";

// What the gateway and the proxies make of a backend that answers as no service should (test/hostile/odd-backend.ts).

/** Of each call: all but the backend's own. */
const spans = 10;

suite("a backend whose answers are malformed", () => {
  const scratch = mkdtempSync(join(tmpdir(), "envoy-mesh-lab-"));
  const transports = createTransports({ url: edgeUrl });
  let gateway: number | undefined;
  let ledger: Awaited<ReturnType<typeof quietLedger>>;
  before(async () => {
    const override = join(scratch, "compose.yaml");
    const backend = { command: ["test/hostile/odd-backend.ts"] };
    writeFileSync(override, stringify({ services: { backend } }));
    await meshUp({ files: [join(repoRoot, "compose.yaml"), override] });
    await allWell();
    gateway = (await partNow("gateway")).process?.pid;
    ledger = await quietLedger();
  });
  after(async () => {
    transports.close();
    await meshUp({ files: [] });
    await allWell();
    rmSync(scratch, { recursive: true });
  });

  for (const [answer, codes] of Object.entries(oddAnswers) as [OddAnswer, readonly string[]][]) {
    test(answer, async () => {
      for (const protocol of protocols) {
        for (const name of ["OrderDrink", "WatchOrder"]) {
          // Of Connect's unary answers most of this is well formed: they have no envelope, and no end but that of HTTP.
          if (protocol === "connect" && name === "OrderDrink") continue;
          const rpc = findRpc(name, undefined);
          const ask = () => call(transports[protocol], aRequest({ rpc, drink: answer, messages: 1 }));
          // What comes before may have cost the backend its health for a moment, which is `unavailable`, too.
          const result = await until(ask, ({ code }) => codes.includes(code));
          assert.ok(
            codes.includes(result.code),
            `${name} over ${protocol}: ${result.code} ${result.message}`,
          );
          assert.ok((result.message?.length ?? 0) < 60_000);
          const trace = await traceOf(result, spans);
          assert.equal(trace.spans.length, spans, `${name} over ${protocol}: ${trace.spans.map(serviceOf)}`);
        }
      }
    });
  }

  test("the gateway lives on, and no span of it or of the proxies is lost", async () => {
    assert.equal((await partNow("gateway")).process?.pid, gateway);
    const now = await quietLedger();
    assert.equal(now.lost - ledger.lost, 0);
    const counts = now.services.gateway;
    assert.equal(counts?.ended, (counts?.exported ?? 0) + (counts?.queued ?? 0));
  });
});
