import assert from "node:assert/strict";
import { test } from "node:test";
import { createAdmission } from "./admission.ts";

const limits = { unary: 300, stream: 3, health: 2 };
const calm = { isLate: false, isFull: false };

test("each kind of call has a bound of its own, and whoever leaves makes room once", () => {
  const { enter } = createAdmission(limits, calm);
  const streams = Array.from({ length: 3 }, () => enter("stream"));
  assert.ok(streams.every(({ refusal }) => refusal === undefined));
  assert.match(enter("stream").refusal ?? "", /^the server has 3 streams at a time/);
  assert.equal(enter("unary").refusal, undefined);
  assert.equal(enter("health").refusal, undefined);

  enter("stream").leave();
  assert.ok(enter("stream").refusal, "a refused call was never inside");
  streams[0]?.leave();
  streams[0]?.leave();
  assert.equal(enter("stream").refusal, undefined);
  assert.ok(enter("stream").refusal);
});

test("a late event loop takes a hundred calls at a time, and a full memory none; health is reported all the same", () => {
  const pressure = { ...calm };
  const { enter } = createAdmission(limits, pressure);
  for (let i = 0; i < 100; i++) {
    pressure.isLate = true;
    assert.equal(enter("unary").refusal, undefined);
  }
  assert.match(enter("unary").refusal ?? "", /late/);
  pressure.isLate = false;
  assert.equal(enter("unary").refusal, undefined);
  pressure.isFull = true;
  assert.match(enter("unary").refusal ?? "", /memory/);
  assert.match(enter("stream").refusal ?? "", /memory/);
  assert.equal(enter("health").refusal, undefined);
});
