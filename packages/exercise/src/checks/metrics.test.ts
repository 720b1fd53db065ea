import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Counted } from "./metrics.ts";
import { gradeCounted, isDecided } from "./metrics.ts";
import { readNumbers, withVariables } from "./numbers.ts";

const counted = (it: Partial<Counted["it"]>, grown: Record<string, number>): Counted => ({
  it: { of: "retried calls", each: { calls: 1, asked: 2 }, ...it },
  calls: 3,
  ids: ["a", "b", "c"],
  found: ["b"],
  grown,
});
const codesOf = (it: Counted) =>
  gradeCounted([it]).flatMap(({ faults }) => faults.map(({ code, edge }) => `${code} at ${edge}`));

test("numbers have to grow by what each call brings, neither less nor more", () => {
  assert.deepEqual(codesOf(counted({}, { calls: 3, asked: 6 })), []);
  assert.deepEqual(codesOf(counted({}, { calls: 2, asked: 7 })), [
    "metric.few at calls",
    "metric.many at asked",
  ]);
  assert.deepEqual(codesOf(counted({ each: { failed: 0 } }, { failed: 1 })), ["metric.many at failed"]);
  assert.deepEqual(codesOf(counted({}, { calls: 3 })), ["metric.few at asked"]);
});

test("traces that are kept are counted where somebody asks", () => {
  const grown = { calls: 3, asked: 6 };
  assert.deepEqual(codesOf(counted({ kept: { min: 1, max: 1 } }, grown)), []);
  assert.deepEqual(codesOf(counted({ kept: "all" }, grown)), ["kept.few at retried calls"]);
  assert.deepEqual(codesOf(counted({ kept: { max: 0 } }, grown)), ["kept.many at retried calls"]);
});

test("nothing is said before its time, and longer is waited for what is missing", () => {
  const right = gradeCounted([counted({}, { calls: 3, asked: 6 })]);
  assert.equal(isDecided(right, { end: 1900, growth: 1900 }, 2000), false);
  assert.equal(isDecided(right, { end: 2100, growth: 100 }, 2000), false, "something grows still");
  assert.equal(isDecided(right, { end: 2100, growth: 1300 }, 2000), true);
  const many = gradeCounted([counted({}, { calls: 4, asked: 6 })]);
  assert.equal(isDecided(many, { end: 2100, growth: 1300 }, 2000), true);
  const few = gradeCounted([counted({}, { calls: 4, asked: 5 })]);
  assert.equal(isDecided(few, { end: 2100, growth: 2100 }, 2000), false);
  assert.equal(isDecided(few, { end: 3200, growth: 3100 }, 2000), true);
});

test("a number is a selector or a list of them, and what is wrong with one is said by its name", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "numbers-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const read = (text: string, ...names: string[]) => {
    writeFileSync(join(folder, "wall.yaml"), text);
    return readNumbers(join(folder, "wall.yaml"), "wall.yaml", names);
  };
  const found = read('one: a{b="c"}\ntwo: [a, d]\n', "one", "two");
  assert.ok(found instanceof Map);
  assert.deepEqual(
    found.get("two")?.map(({ metric }) => metric),
    ["a", "d"],
  );
  const wrong = read("one: sum(a)\n", "one", "two");
  assert.ok(!(wrong instanceof Map));
  assert.deepEqual(
    wrong.flatMap(({ faults }) => faults.map(({ code, edge }) => `${code} at ${edge}`)),
    ["metric.query at one", "metric.query at two"],
  );
  const broken = read("one: {\n", "one");
  assert.ok(!(broken instanceof Map));
  assert.equal(broken[0]?.faults[0]?.code, "metric.query");
});

test("variables are put into values, and names that are none stay", () => {
  const test = { label: "shop", isNot: false, isRegex: false, value: "x-$shop-$other" };
  const { tests } = withVariables({ metric: "a", tests: [test] }, { shop: "7" });
  assert.equal(tests[0]?.value, "x-7-$other");
});
