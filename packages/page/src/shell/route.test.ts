import assert from "node:assert/strict";
import { test } from "node:test";
import { hashOf, parseRoute } from "./route.ts";

test("a hash leads to a place, and what is below it", () => {
  assert.deepEqual(parseRoute("#/traces/4bf9").path, ["4bf9"]);
  assert.equal(parseRoute("#/exercises").place, "exercises");
  assert.equal(parseRoute("#/traces?service=a%26b").query.get("service"), "a&b");
});

test("what names no place leads to the mesh", () => {
  for (const hash of ["", "#", "#/", "#/nowhere/4bf9", "#/__proto__", "#//evil.example/mesh"]) {
    const { place, path } = parseRoute(hash);
    assert.deepEqual([place, path], ["mesh", []], hash);
  }
});

test("a hash that was made leads to what it was made of", () => {
  const path = ["a/b", "%", "?", "#", "ü \u202e"];
  assert.deepEqual(parseRoute(hashOf("exercises", path)).path, path);
  const query = new URLSearchParams({ q: '{ .a = "?" }' });
  assert.equal(parseRoute(hashOf("traces", [], query)).query.get("q"), '{ .a = "?" }');
});

test("what is no encoding is taken as it is", () => {
  assert.deepEqual(parseRoute("#/traces/%zz").path, ["%zz"]);
});
