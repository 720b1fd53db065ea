import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { drawnTrace } from "@envoy-mesh-lab/trace/testing";
import { waterfallOf } from "../analysis/waterfall.ts";
import { moveBy, shownRows, windowOf } from "./shown-rows.ts";

const { rows } = waterfallOf(
  drawnTrace(`
    s SERVER 0-20 name=a
      s INTERNAL 1-9 name=b
        s INTERNAL 2-4 name=c
        s INTERNAL 5-6 name=d
      s INTERNAL 10-19 name=e`),
);
const id = (label: string) => rows.find((it) => it.name === label)?.spanId ?? assert.fail(label);
const labels = (places: readonly number[]) => places.map((it) => rows[it]?.name).join("");

suite("the rows of a waterfall", () => {
  test("what is folded hides all below it, and nothing beside it", () => {
    assert.equal(labels(shownRows(rows, new Set())), "abcde");
    assert.equal(labels(shownRows(rows, new Set([id("b")]))), "abe");
    assert.equal(labels(shownRows(rows, new Set([id("a"), id("b")]))), "a");
    assert.equal(labels(shownRows(rows, new Set([id("c"), "unknown"]))), "abcde");
  });

  test("only the rows that are seen are drawn, and a few beyond", () => {
    assert.deepEqual(windowOf({ scrollTop: 0, height: 200 }, 20, 10_000), { from: 0, to: 22 });
    assert.deepEqual(windowOf({ scrollTop: 2_000, height: 200 }, 20, 10_000), { from: 88, to: 122 });
    assert.deepEqual(windowOf({ scrollTop: 199_900, height: 200 }, 20, 10_000), { from: 9983, to: 10_000 });
    assert.deepEqual(windowOf({ scrollTop: 5_000, height: 200 }, 20, 3), { from: 3, to: 3 });
    assert.deepEqual(windowOf({ scrollTop: 0, height: 200 }, 20, 0), { from: 0, to: 0 });
  });

  const press = (key: string, current: string | undefined, folded: ReadonlySet<string> = new Set()) => {
    const move = moveBy(key, rows, shownRows(rows, folded), {
      current: current && id(current),
      folded,
      page: 3,
    });
    if (move === undefined) return undefined;
    const label = rows.find((it) => it.spanId === move.current)?.name;
    return move.fold === undefined ? label : `${move.fold ? "fold" : "unfold"} ${label}`;
  };

  test("arrows go up and down the rows that are shown, and stop at the ends", () => {
    assert.equal(press("ArrowDown", "a"), "b");
    assert.equal(press("ArrowDown", "b", new Set([id("b")])), "e");
    assert.equal(press("ArrowDown", "e"), "e");
    assert.equal(press("ArrowUp", "a"), "a");
    assert.equal(press("PageDown", "a"), "d");
    assert.equal(press("End", "a"), "e");
    assert.equal(press("Home", "e"), "a");
    assert.equal(press("ArrowDown", undefined), "b", "the first row is current as long as none is");
  });

  test("right unfolds and goes to the first child, left folds and goes to the parent", () => {
    assert.equal(press("ArrowRight", "b", new Set([id("b")])), "unfold b");
    assert.equal(press("ArrowRight", "b"), "c");
    assert.equal(press("ArrowRight", "c"), undefined);
    assert.equal(press("ArrowLeft", "b"), "fold b");
    assert.equal(press("ArrowLeft", "d"), "b");
    assert.equal(press("ArrowLeft", "b", new Set([id("b")])), "a");
    assert.equal(press("x", "b"), undefined);
  });
});
