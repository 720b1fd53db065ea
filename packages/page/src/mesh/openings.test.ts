import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { openingsOf } from "./openings.ts";

suite("the sentences that open blocks", () => {
  test("are those right above a key", () => {
    const text = `# Of the file itself.

# How it listens. And more
# of that.
listeners:
  # The first,
  # e.g. this one.
  - name: a
    port: 1 # beside
  - b
# At the end.
`;
    assert.deepEqual(openingsOf(text), [
      { line: 5, indent: 0, key: "listeners", sentence: "How it listens." },
      { line: 8, indent: 2, key: "name", sentence: "The first, e.g. this one." },
    ]);
  });

  test("are there for the lab's own proxies", () => {
    const text = readFileSync(new URL("../../../../envoy/gateway.yaml", import.meta.url), "utf8");
    const keys = openingsOf(text).map((it) => it.key);
    for (const key of ["layered_runtime", "admin", "overload_manager"]) assert.ok(keys.includes(key), key);
  });

  test("of anything else are none", () => {
    assert.deepEqual(openingsOf(""), []);
    assert.deepEqual(openingsOf("#\n#\nx: 1"), []);
    const [huge] = openingsOf(`# ${"x".repeat(1_000_000)}\nx: 1`);
    assert.equal(huge?.sentence.length, 400);
  });
});
