import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { inspect } from "node:util";
import { createRouterTransport } from "@connectrpc/connect";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { call } from "@envoy-mesh-lab/load";
import { CafeService } from "@envoy-mesh-lab/proto/cafe/v1/cafe_pb.ts";
import { LabError } from "@envoy-mesh-lab/trace";
import { callOf, readContracts } from "./contracts.ts";

const contracts = await readContracts(repoRoot);
const quiet = { workMs: 0, failAfter: 0 };
const rest = { drink: "", messages: 2, gateway: quiet, backend: quiet, timeoutMs: 5000, headers: {} };

/** A café that answers with what it was asked for. */
const cafe = createRouterTransport((router) =>
  router.service(CafeService, {
    orderDrink: ({ name }) => ({ drink: { name } }),
    async *watchOrder({ name }) {
      yield { description: name };
      yield { description: name };
    },
    async orderRound(requests) {
      const drinks = [];
      for await (const { name } of requests) drinks.push({ name });
      return { drinks };
    },
    async *serveTable(requests) {
      for await (const { name } of requests) yield { drink: { name } };
    },
  }),
);

suite("an RPC that only its contract tells of", () => {
  const answers = { OrderDrink: 1, WatchOrder: 2, OrderRound: 1, ServeTable: 2 };
  for (const [rpc, count] of Object.entries(answers)) {
    test(`is called as its kind wants it: ${rpc}`, async () => {
      const its = callOf(contracts, `cafe.v1.CafeService/${rpc}`, { name: "chai" });
      const { code, rpc: called, responses } = await call(cafe, { ...rest, ...its });
      assert.deepEqual([code, called, responses.length], ["ok", `cafe.v1.CafeService/${rpc}`, count]);
      assert.equal(inspect(responses, { depth: 9 }).match(/chai/g)?.length, rpc === "OrderDrink" ? 1 : 2);
    });
  }

  test("and how it fails is a result", async () => {
    const its = callOf(contracts, "cafe.v1.CafeService/GetDrink", {});
    assert.equal((await call(cafe, { ...rest, ...its })).code, "unimplemented");
  });

  test("is reported when the contract does not have it, or not its fields", () => {
    const of = (name: string, request = {}) => callOf(contracts, name, request);
    assert.throws(() => of("cafe.v1.CafeService/BuyDrink"), {
      message: /no RPC cafe\.v1\.CafeService\/BuyDrink: cafe\.v1\.CafeService has GetDrink, OrderDrink, /,
    });
    assert.throws(() => of("BuyDrink"), { message: /there is no service BuyDrink/ });
    assert.throws(() => of("cafe.v1.CafeService/OrderDrink", { nmae: "tea" }), {
      message: /does not take \{"nmae":"tea"\}: .*nmae/,
    });
  });
});

test("contracts that do not compile are reported in buf's words", async () => {
  const folder = mkdtempSync(join(tmpdir(), "envoy-mesh-lab-"));
  after(() => rmSync(folder, { recursive: true }));
  cpSync(join(repoRoot, "buf.yaml"), join(folder, "buf.yaml"));
  cpSync(join(repoRoot, "proto"), join(folder, "proto"), {
    recursive: true,
    filter: (it) => !/proto\/(gen|node_modules)/.test(it),
  });
  const file = join(folder, "proto", "kitchen", "v1", "kitchen.proto");
  writeFileSync(file, readFileSync(file, "utf8").replace("= 3;", "= 2;"));
  await assert.rejects(readContracts(folder), (error) => {
    assert.ok(error instanceof LabError && error.exitCode === 8);
    assert.match(error.message, /kitchen\.proto:\d+:\d+:field number `2` used more than once/);
    return true;
  });
});
