import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { Ended } from "./client.ts";
import { connectTo } from "./client.ts";
import type { EnvoyAlone } from "./envoy-alone.ts";
import { startEnvoy } from "./envoy-alone.ts";
import type { StandIn } from "./stand-in.ts";
import { startStandIn } from "./stand-in.ts";

/** What one address and all together may ask for at once; nothing is added while a test runs. */
const each = 20;
const all = 50;
const path = "/cafe.v1.CafeService/OrderDrink";

suite("the edge's limit of rate", {
  skip: process.platform === "linux" ? false : "only Linux has all of 127.0.0.0/8 without being told",
}, () => {
  let standIn: StandIn;
  let edge: EnvoyAlone;
  before(async () => {
    standIn = await startStandIn();
    edge = await startEnvoy({
      part: "edge",
      upstream: standIn.port,
      changes: {
        "max_tokens: 2500, tokens_per_fill: 2500, fill_interval: 1s": `max_tokens: ${each}, tokens_per_fill: ${each}, fill_interval: 3600s`,
        "max_tokens: 5000, tokens_per_fill: 5000, fill_interval: 1s": `max_tokens: ${all}, tokens_per_fill: ${all}, fill_interval: 3600s`,
      },
    });
  });
  after(async () => {
    await edge?.stop();
    standIn.stop();
  });

  /** Asks so many times from an address. @returns how many were answered, and how many turned away. */
  async function ask(address: string, count: number, headers: Record<string, string> = {}) {
    const caller = connectTo(edge.port(8080), address);
    try {
      const ended: Ended[] = [];
      for (let i = 0; i < count; i++) ended.push(await caller.ask({ path, headers }));
      const told = ended.filter(
        (it) => it.grpcStatus === "8" && it.grpcMessage === "too many requests a second; try again later",
      );
      const answered = ended.filter((it) => it.grpcStatus === "0");
      return { answered: answered.length, told: told.length };
    } finally {
      caller.close();
    }
  }

  test("turns away what one address asks for beyond its own, under whatever name", async () => {
    assert.deepEqual(await ask("127.0.0.1", 200), { answered: each, told: 200 - each });
    const disguised = { "x-forwarded-for": "192.0.2.1", "x-envoy-external-address": "192.0.2.1" };
    assert.deepEqual(await ask("127.0.0.1", 5, disguised), { answered: 0, told: 5 });
  });

  test("takes nothing from another address for that, up to what all may have together", async () => {
    assert.deepEqual(await ask("127.0.0.2", each), { answered: each, told: 0 });
    const left = all - 2 * each;
    assert.deepEqual(await ask("127.0.0.3", each), { answered: left, told: each - left });
  });
});
