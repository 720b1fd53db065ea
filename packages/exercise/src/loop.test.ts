import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Grade } from "./grade.ts";
import type { Loop } from "./loop.ts";
import { firstLoop, stepLoop } from "./loop.ts";

const gradeOf = (ok: boolean): Grade => ({
  exercise: "x",
  ok,
  checks: [],
  at: "",
  durationMs: 1,
  versions: {},
});
const press = (loop: Loop, ...keys: string[]) =>
  keys.reduce<{ loop: Loop; effects: string[] }>(
    ({ loop: before, effects }, key) => {
      const { loop: after, effect } = stepLoop(before, { kind: "key", key });
      return { loop: after, effects: effect === undefined ? effects : [...effects, effect] };
    },
    { loop, effects: [] },
  );
const ended = (ok: boolean) => stepLoop(firstLoop, { kind: "end", grade: gradeOf(ok) }).loop;

suite("keys", () => {
  test("that mean nothing change nothing", () => {
    for (const key of ["x", "1", "", "f5", "Ä", "constructor", "__proto__"]) {
      assert.deepEqual(press(firstLoop, key), { loop: firstLoop, effects: [] }, key);
    }
  });

  test("next goes on at once when it is passed, and else when it is said twice", () => {
    assert.deepEqual(press(ended(true), "n").effects, ["next"]);
    const once = press(ended(false), "n");
    assert.deepEqual([once.effects, once.loop.isLeaving], [[], true]);
    assert.deepEqual(press(ended(false), "n", "n").effects, ["next"]);
    assert.deepEqual(press(ended(false), "n", "t", "n").effects, [], "not with something else between");
  });

  test("reset asks, and any other key than yes goes back", () => {
    assert.deepEqual(press(firstLoop, "r", "y").effects, ["reset"]);
    const back = press(firstLoop, "r", "q");
    assert.deepEqual([back.effects, back.loop.view], [[], "verdict"]);
  });

  test("a view comes and goes by the same key, or by Return", () => {
    assert.equal(press(firstLoop, "t").loop.view, "trace");
    assert.equal(press(firstLoop, "t", "t").loop.view, "verdict");
    assert.equal(press(firstLoop, "l", "return").loop.view, "verdict");
    assert.equal(press(firstLoop, "t", "down", "space", "up").loop.scroll, 10);
    assert.equal(press(firstLoop, "t", "up").loop.scroll, 0);
  });

  test("hint, check and quit are done", () => {
    assert.deepEqual(press(firstLoop, "h", "h", "c", "q").effects, ["hint", "hint", "check", "quit"]);
    const running = stepLoop(firstLoop, { kind: "begin" }).loop;
    assert.deepEqual(press(running, "c").effects, [], "not while one goes on");
  });
});

test("a check that begins shows the verdict, and each expectation as soon as it is known", () => {
  const looking = press(ended(false), "t").loop;
  const begun = stepLoop(looking, { kind: "begin" }).loop;
  assert.deepEqual([begun.view, begun.grade, begun.checks], ["verdict", undefined, []]);
  const check = { name: "a", ok: true, items: [], traceIds: [], drawn: [] };
  const one = stepLoop(begun, { kind: "check", check }).loop;
  assert.deepEqual([one.checks, one.step], [[check], "reading your files"]);
  const trouble = stepLoop(one, { kind: "trouble", text: "no" }).loop;
  assert.deepEqual([trouble.step, trouble.trouble], [undefined, "no"]);
});
