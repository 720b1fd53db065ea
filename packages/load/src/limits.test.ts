import assert from "node:assert/strict";
import { test } from "node:test";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { assertLoopback, limits, sizeOf } from "./limits.ts";

const usage = (words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof LabError);
  assert.equal(error.exitCode, ExitCode.usage);
  assert.match(error.message, words);
  assert.notEqual(error.hint, "");
  return true;
};

test("the size is what is due in the time, or the number", () => {
  assert.deepEqual(sizeOf(20, { durationMs: 10_000 }), { rate: 20, count: 200 });
  assert.deepEqual(sizeOf(0.5, { durationMs: 4_000 }), { rate: 0.5, count: 2 });
  assert.deepEqual(sizeOf(20, { number: 7, durationMs: 10_000 }), { rate: 20, count: 7 });
  assert.equal(sizeOf(100, { number: limits.calls / 2 }).count, limits.calls / 2);
});

test("a load is bounded in number and in time, and is not empty", () => {
  assert.throws(() => sizeOf(2000, { durationMs: limits.durationMs }), usage(/1200000 calls are more/));
  assert.throws(() => sizeOf(0.1, { number: 100 }), usage(/take 1000 s, more than the 600 s/));
  assert.throws(() => sizeOf(0.1, { durationMs: 1_000 }), usage(/not one call is due/));
});

test("load goes to loopback only", () => {
  for (const url of [
    "http://127.0.0.1:8080",
    "http://127.8.9.1:1",
    "http://localhost:1",
    "http://[::1]:1",
    // WHATWG URL spells addresses out, whatever they are written like.
    "http://2130706433:80",
  ]) {
    assertLoopback(url);
  }
  for (const url of [
    "http://10.0.0.1:8080",
    "http://127.0.0.1.example.org",
    "http://localhost.example.org",
    "http://[::2]:1",
    "https://example.org",
    "http://0.0.0.0:8080",
    "http://user:127.0.0.1@example.org",
  ]) {
    assert.throws(() => assertLoopback(url), usage(/loopback only/), url);
  }
});
