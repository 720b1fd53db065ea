import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { timeLeftMs } from "./time-left.ts";

const given: Record<string, Record<string, string>> = {
  connect: { "connect-timeout-ms": "5000" },
  gRPC: { "grpc-timeout": "5S" },
  "gRPC in microseconds": { "grpc-timeout": "5000000u" },
};

function left(wallClock: number | undefined, headers: Record<string, string>, isOver = false) {
  const signal = isOver ? AbortSignal.abort() : new AbortController().signal;
  return timeLeftMs({ timeoutMs: () => wallClock, signal, requestHeader: new Headers(headers) });
}

suite("what is left of a deadline", () => {
  for (const [protocol, headers] of Object.entries(given)) {
    test(`over ${protocol}`, () => {
      assert.equal(left(4321.2, headers), 4322);
      assert.equal(left(5000, headers), 5000);
    });
    test(`over ${protocol}, when the clock is set an hour back or ahead meanwhile`, () => {
      assert.equal(left(3_604_997, headers), 5000);
      assert.equal(left(-3_595_000, headers), 5000);
    });
    test(`over ${protocol}, when it is over`, () => {
      assert.equal(left(-3, headers, true), -3);
    });
  }

  test("is nothing where there is none", () => {
    assert.equal(left(undefined, {}), undefined);
    assert.equal(left(undefined, given.connect ?? {}), undefined);
  });

  test("is what Connect says where no header can be read", () => {
    assert.equal(left(1200, {}), 1200);
    assert.equal(left(1200, { "grpc-timeout": "soon" }), 1200);
    assert.equal(left(1200, { "connect-timeout-ms": "-5" }), 1200);
  });
});
