import assert from "node:assert/strict";
import { test } from "node:test";
import { isNewer } from "./is-newer.ts";

test("a release is newer by its numbers, not by its text", () => {
  assert.ok(isNewer("2.10.0", "2.9.1"));
  assert.ok(isNewer("3.0.0", "2.12.1"));
  assert.ok(isNewer("2.3.1", "2.3.0"));
  assert.ok(!isNewer("2.3.0", "2.3.0"));
  assert.ok(!isNewer("1.10.0", "2.9.1"));
});

test("a release for trial is not reported as newer", () => {
  assert.ok(!isNewer("3.0.0-beta.1", "2.3.0"));
});
