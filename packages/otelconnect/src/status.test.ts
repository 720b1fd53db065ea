import assert from "node:assert/strict";
import { test } from "node:test";
import { Code, ConnectError } from "@connectrpc/connect";
import { describeFailure } from "./status.ts";

const codes = Object.values(Code).filter((code): code is Code => typeof code === "number");

test("every code is an error for a client", () => {
  for (const code of codes) {
    assert.equal(describeFailure(new ConnectError("x", code), "client", true).isError, true, Code[code]);
  }
});

test("only faults of the server are errors for a server", () => {
  const errors = codes.filter((code) => describeFailure(new ConnectError("x", code), "server", true).isError);
  assert.deepEqual(errors.toSorted(), [
    Code.Unimplemented,
    Code.Internal,
    Code.Unavailable,
    Code.DataLoss,
    Code.Unknown,
    Code.DeadlineExceeded,
  ]);
});

test("a code is named in the words of the protocol", () => {
  const named = (grpc: boolean) =>
    codes.map((code) => describeFailure(new ConnectError("x", code), "client", grpc).statusCode).join(" ");
  assert.equal(
    named(false),
    "canceled unknown invalid_argument deadline_exceeded not_found already_exists permission_denied " +
      "resource_exhausted failed_precondition aborted out_of_range unimplemented internal unavailable data_loss unauthenticated",
  );
  assert.equal(
    named(true),
    "CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED " +
      "RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED",
  );
});

test("a foreign error has the code that Connect gives it", () => {
  assert.equal(describeFailure(new TypeError("x"), "server", false).statusCode, "internal");
  assert.equal(describeFailure(new TypeError("x"), "client", false).statusCode, "unknown");
  assert.equal(describeFailure(new DOMException("x", "AbortError"), "server", false).statusCode, "canceled");
  assert.equal(describeFailure("thrown text", "server", true).statusCode, "INTERNAL");
  assert.equal(describeFailure(Object.create(null), "server", true).statusCode, "INTERNAL");
});

test("a number that is no code is what Connect makes of it", () => {
  for (const code of [99, 0, Number.NaN, "Canceled", "__proto__"]) {
    const error = new ConnectError("x", code as Code);
    assert.equal(describeFailure(error, "server", false).statusCode, "unknown");
  }
});
