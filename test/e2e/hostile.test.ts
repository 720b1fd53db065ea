import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, suite, test } from "node:test";
import { checkTrace } from "@envoy-mesh-lab/check";
import { call, createTransport } from "@envoy-mesh-lab/load";
import { meshStatus } from "@envoy-mesh-lab/mesh";
import type { Target } from "../hostile/hostile-case.ts";
import { http1Family } from "../hostile/http1.ts";
import { http2Family } from "../hostile/http2.ts";
import { randomConversation, seeded } from "../hostile/random.ts";
import { connectFamily, contextFamily, grpcFamily, grpcWebFamily } from "../hostile/rpc.ts";
import { send, speak } from "../hostile/send.ts";
import { allWell, quietLedger } from "./faults.ts";
import { aRequest, edgeUrl, expected, mesh, traceOf } from "./mesh.ts";

// The corpus of hostile requests (test/hostile/) at every port of the mesh that takes requests. After each family the
// mesh is as it was: the same processes, with memory within bounds, that answer a call with a whole trace, and no span
// is lost.

const cafe = { unary: "/cafe.v1.CafeService/OrderDrink", stream: "/cafe.v1.CafeService/WatchOrder" };
const kitchen = {
  unary: "/kitchen.v1.KitchenService/BrewDrink",
  stream: "/kitchen.v1.KitchenService/WatchBrew",
};
const targets: readonly Target[] = [
  { part: "edge", port: mesh.hostPort("edge", 8080), ...cafe },
  { part: "gateway-proxy", port: mesh.hostPort("gateway-proxy", 15006), ...cafe },
  { part: "gateway", port: mesh.hostPort("gateway", 8081), ...cafe },
  { part: "backend-proxy", port: mesh.hostPort("backend-proxy", 15106), ...kitchen },
  { part: "backend", port: mesh.hostPort("backend", 8082), ...kitchen },
];

/** The processes of the mesh, by part. */
async function processes(): Promise<Record<string, number | undefined>> {
  const { parts } = await meshStatus();
  return Object.fromEntries(parts.map(({ name, process }) => [name, process?.pid]));
}

/** Memory in use, by part, in bytes; from proc(5), and nothing where there is none. */
async function memory(): Promise<Record<string, number>> {
  if (process.platform !== "linux") {
    return {};
  }
  return Object.fromEntries(
    Object.entries(await processes()).map(([name, pid]) => {
      const [, kilobytes = "0"] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
      return [name, Number(kilobytes) * 1_024];
    }),
  );
}

/** How much more a part may hold after a family than before the first: three times as much, and 200 MB. */
const bound = (bytes: number) => 3 * bytes + 200 * 1_024 * 1_024;

let first: Record<string, number>;
before(async () => {
  await allWell();
  first = await memory();
});

/** Adds the tests of what has to be as it was after a family. */
function testUnharmed(): void {
  let pids: Record<string, number | undefined>;
  let ledger: Awaited<ReturnType<typeof quietLedger>>;
  before(async () => {
    pids = await processes();
    ledger = await quietLedger();
  });
  // Tests of a suite run in order: these are added last.
  test("every part is the process that it was, with its memory within bounds", async () => {
    await allWell();
    assert.deepEqual(await processes(), pids);
    const grown = Object.entries(await memory()).filter(([part, bytes]) => bytes > bound(first[part] ?? 0));
    assert.deepEqual(grown, []);
  });

  test("a call is answered, and its trace is whole", async () => {
    const result = await call(createTransport("connect", edgeUrl), aRequest());
    assert.equal(result.code, "ok", result.message);
    assert.deepEqual(checkTrace(await traceOf(result), expected), []);
  });

  test("no span was lost", async () => {
    const now = await quietLedger();
    assert.equal(now.lost - ledger.lost, 0, JSON.stringify(now));
    for (const [part, counts] of Object.entries(now.services)) {
      assert.equal(counts?.ended, (counts?.exported ?? 0) + (counts?.queued ?? 0), part);
    }
  });
}

for (const { name, cases } of [
  http1Family,
  http2Family,
  grpcFamily,
  grpcWebFamily,
  connectFamily,
  contextFamily,
]) {
  suite(`hostile: ${name}`, () => {
    for (const each of cases) {
      test(each.what, async () => {
        const outcomes = await Promise.all(
          targets.map(async (target) => [target.part, await send(each, target)] as const),
        );
        assert.deepEqual(
          outcomes.filter(([, outcome]) => !each.expect.includes(outcome)),
          [],
          `${each.source}: expected ${each.expect.join(" or ")}`,
        );
      });
    }
    testUnharmed();
  });
}

suite("hostile: random", () => {
  const seed = Date.now() % 2 ** 31;
  test(`2,000 conversations of seed ${seed}`, async () => {
    const random = seeded(seed);
    const conversations = Array.from({ length: 2_000 }, (_, index) => {
      const target = targets[index % targets.length] as Target;
      return { target, bytes: randomConversation(target, random) };
    });
    const callers = Array.from({ length: 10 }, async () => {
      for (let next = conversations.pop(); next !== undefined; next = conversations.pop()) {
        await speak(next.target, next.bytes, 30);
      }
    });
    await Promise.all(callers);
    assert.equal(conversations.length, 0);
  });
  testUnharmed();
});
