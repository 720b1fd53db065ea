import assert from "node:assert/strict";
import { test } from "node:test";
import { savedQueries, saveQuery } from "./saved-queries.ts";

function storage(text: string | null) {
  let kept = text;
  return {
    getItem: () => kept,
    setItem: (_: string, it: string) => {
      kept = it;
    },
  };
}

test("queries are kept, the one that was used last first, and each once", () => {
  const kept = storage(null);
  for (const it of ["{}", "{ .a = 1 }", "", "{}"]) saveQuery(it, kept);
  assert.deepEqual(savedQueries(kept), ["{}", "{ .a = 1 }"]);
  for (let i = 0; i < 30; i++) saveQuery(`{ .a = ${i} }`, kept);
  assert.equal(savedQueries(kept).length, 20);
});

test("what others have written there is not taken for queries", () => {
  for (const text of ["{", "{}", "5", '[1, {"a": 2}]', "null"])
    assert.deepEqual(savedQueries(storage(text)), [], text);
});

test("a browser that keeps nothing is no error", () => {
  const broken = {
    getItem: () => {
      throw new Error("denied");
    },
    setItem: () => {
      throw new Error("denied");
    },
  };
  assert.deepEqual(saveQuery("{}", broken), ["{}"]);
});
