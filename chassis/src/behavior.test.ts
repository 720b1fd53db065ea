import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { BehaviorSchema, ErrorCode } from "@envoy-mesh-lab/proto/lab/v1/behavior_pb.ts";
import { conductOf } from "./behavior.ts";

const live = new AbortController().signal;

test("without a behavior nothing happens", async () => {
  const conduct = conductOf(undefined);
  await conduct.work(live);
  conduct.fail();
  conduct.failAfter(0);
  assert.equal(conduct.messageCount, 3);
});

test("it works for as long as was asked", async () => {
  const startedAt = performance.now();
  await conductOf(create(BehaviorSchema, { workTime: durationFromMs(20) })).work(live);
  assert.ok(performance.now() - startedAt >= 19);
});

test("work ends with the reason of the abort", async () => {
  const conduct = conductOf(create(BehaviorSchema, { workTime: durationFromMs(60_000) }));
  const controller = new AbortController();
  const working = conduct.work(controller.signal);
  const reason = new Error("enough");
  controller.abort(reason);
  await assert.rejects(working, reason);
  await assert.rejects(conductOf(undefined).work(controller.signal), reason);
});

test("it fails with every code that has a number", () => {
  for (const errorCode of Object.values(ErrorCode).filter((code) => code !== 0)) {
    assert.throws(() => conductOf(create(BehaviorSchema, { errorCode })).fail(), { code: errorCode });
  }
});

test("a stream fails once it has carried the messages", () => {
  const conduct = conductOf(create(BehaviorSchema, { errorCode: 14, errorAfterMessages: 2 }));
  conduct.failAfter(0);
  conduct.failAfter(1);
  assert.throws(() => conduct.failAfter(2), { code: Code.Unavailable });
});

test("what is out of bounds is refused", () => {
  const refused = [
    { workTime: durationFromMs(60_001) },
    { workTime: durationFromMs(-1) },
    { messageCount: 10_001 },
    { errorCode: 17 as ErrorCode },
  ];
  for (const behavior of refused) {
    assert.throws(() => conductOf(create(BehaviorSchema, behavior)), { code: Code.InvalidArgument });
  }
});
