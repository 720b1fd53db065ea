import assert from "node:assert/strict";
import { test } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { AnySchema, DurationSchema, durationFromMs } from "@bufbuild/protobuf/wkt";
import { status } from "@grpc/grpc-js";
import { judgeFailure } from "./export-verdict.ts";

const text = (value: string) => new TextEncoder().encode(value);

/** A `google.rpc.Status` with an unknown detail and then a `RetryInfo`, as a Collector that is throttled sends it. */
function statusWithRetryInfo(delayMs?: number): Uint8Array {
  const any = (typeUrl: string, value: Uint8Array) =>
    toBinary(AnySchema, create(AnySchema, { typeUrl, value }));
  const info = new BinaryWriter();
  if (delayMs !== undefined) {
    info.tag(1, 2).bytes(toBinary(DurationSchema, durationFromMs(delayMs)));
  }
  return new BinaryWriter()
    .tag(1, 0)
    .int32(status.RESOURCE_EXHAUSTED)
    .tag(2, 2)
    .string("throttled")
    .tag(3, 2)
    .bytes(any("type.googleapis.com/google.rpc.DebugInfo", text("?")))
    .tag(3, 2)
    .bytes(any("type.googleapis.com/google.rpc.RetryInfo", info.finish()))
    .finish();
}

test("codes are tried again as OTLP says, and RESOURCE_EXHAUSTED only with a RetryInfo", () => {
  const again = Object.values(status).filter(
    (code) => typeof code === "number" && judgeFailure({ code, details: "no" }).kind === "retry",
  );
  // CANCELLED, DEADLINE_EXCEEDED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS.
  assert.deepEqual(again, [1, 4, 10, 11, 14, 15]);
  const statusDetails = statusWithRetryInfo(1_500);
  assert.deepEqual(judgeFailure({ code: 8, statusDetails }), { kind: "retry", afterMs: 1_500 });
  assert.deepEqual(judgeFailure({ code: 14, statusDetails }), { kind: "retry", afterMs: 1_500 });
  assert.deepEqual(judgeFailure({ code: 8, statusDetails: statusWithRetryInfo() }), {
    kind: "retry",
    afterMs: 0,
  });
  assert.deepEqual(judgeFailure({ code: 3, statusDetails }), { kind: "refused" });
});

test("details that cannot be read say nothing", () => {
  for (const statusDetails of [text("nonsense"), new Uint8Array(), Uint8Array.of(0x1a, 0x7f)]) {
    assert.deepEqual(judgeFailure({ code: 8, statusDetails }), { kind: "refused" });
    assert.deepEqual(judgeFailure({ code: 14, statusDetails }), { kind: "retry" });
  }
});

test("a message that is too large is known by the words of those who refuse it", () => {
  for (const [code, details] of [
    [8, "grpc: received message larger than max (4194500 vs. 4194304)"],
    [8, "grpc: received message after decompression larger than max 4194304"],
    [8, "Attempted to send message with a size larger than 4194304"],
    [8, "gRPC message exceeds maximum size 4194304: 4194500"],
    [11, "Error, decoded message length too large: found 4194500 bytes, the limit is: 4194304 bytes"],
    [8, "message size 4194500 is larger than configured readMaxBytes 4194304"],
    [2, "Received HTTP status code 413"],
  ] as const) {
    assert.deepEqual(judgeFailure({ code, details }), { kind: "tooLarge" }, details);
  }
  assert.equal(judgeFailure({ code: 14, details: "connect ECONNREFUSED 127.0.0.1:41317" }).kind, "retry");
});
