import assert from "node:assert/strict";
import { test } from "node:test";
import { assertOfOurOwn } from "./start.ts";

test("an incident happens to a native mesh of the lab's own Envoys, and to no other", () => {
  const project = "cafe";
  assert.throws(() => assertOfOurOwn({ name: "docker", project }, false), /the mesh cafe is in Docker/);
  assert.throws(() => assertOfOurOwn({ name: "kubernetes", project }, false), /is in Kubernetes/);
  assert.throws(() => assertOfOurOwn({ name: "native", project }, true), /is in Istio/);
  assertOfOurOwn({ name: "native", project }, false);
});
