import assert from "node:assert/strict";
import { test } from "node:test";
import { Limiter } from "./rate.ts";

test("after a burst it is so many a second, and a long pause saves up no more than the burst", () => {
  let now = 0;
  const limiter = new Limiter({ perSecond: 10, burst: 3 }, () => now);
  const taken = () => Array.from({ length: 5 }, () => limiter.take()).filter((it) => it).length;
  assert.equal(taken(), 3);
  now += 100;
  assert.equal(taken(), 1);
  now += 3_600_000;
  assert.equal(taken(), 3);
});
