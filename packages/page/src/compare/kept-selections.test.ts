import assert from "node:assert/strict";
import { test } from "node:test";
import { forgetSelection, keepSelection, keptSelections } from "./kept-selections.ts";

function storage(text: string | null) {
  let kept = text;
  return {
    getItem: () => kept,
    setItem: (_: string, it: string) => {
      kept = it;
    },
  };
}

const named = (name: string) => ({ name, query: "{}", startMs: 1, endMs: 2, limit: 200 });

test("selections are kept whole, the newest first, and one of a name", () => {
  const kept = storage(null);
  const traced = { ...named("start"), traceIds: ["a".repeat(32)] };
  keepSelection(traced, kept);
  keepSelection(named("before"), kept);
  keepSelection({ ...named("before"), query: "{ .a = 1 }" }, kept);
  assert.deepEqual(keptSelections(kept), [{ ...named("before"), query: "{ .a = 1 }" }, traced]);
  assert.deepEqual(forgetSelection("before", kept), [traced]);
  for (let i = 0; i < 30; i++) keepSelection(named(`${i}`), kept);
  assert.equal(keptSelections(kept).length, 20);
});

test("what others have written there is not taken for selections", () => {
  const withId = { ...named("a"), traceIds: ["../../healthz"] };
  const texts = ["{", "{}", "5", '[1, {"a": 2}, null, "{}"]', "null"];
  for (const text of [...texts, JSON.stringify([{ ...named("a"), limit: "5" }, withId])]) {
    assert.deepEqual(keptSelections(storage(text)), [], text);
  }
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
  assert.deepEqual(keepSelection(named("a"), broken), [named("a")]);
});
