import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { applyHunks, filesOf, hunksOf, properSubsets } from "./solution.ts";

const between = "a\nb\nc\nd\ne\n";
const from = `one\ntwo\n${between}three\nfour\n${between}five\n`;

suite("the changes of a solution", () => {
  const cases = {
    "a changed line": from.replace("two", "TWO"),
    "added lines": from.replace("three", "new\nnewer\nthree"),
    "an added first line": `zero\n${from}`,
    "an added last line": `${from}six\n`,
    "removed lines": from.replace(`two\n${between}three\n`, ""),
    "several changes": `ZERO\n${from.replace("three", "THREE").replace("five", "new\nfive")}`,
  };
  for (const [name, to] of Object.entries(cases)) {
    test(`${name}: all of them make the solution, none of them the start`, () => {
      assert.equal(applyHunks(from, hunksOf(from, to), []), to);
      assert.equal(applyHunks(from, hunksOf(from, to), [{ changes: "" }]), from);
    });
  }

  test("a part that is left out leaves its lines, wherever the others add some", () => {
    const to = cases["several changes"];
    const hunks = hunksOf(from, to);
    assert.equal(hunks.length, 3);
    assert.equal(
      applyHunks(from, hunks, [{ changes: "THREE|new" }]),
      to.replace("THREE", "three").replace("new\n", ""),
    );
    assert.equal(applyHunks(from, hunks, [{ changes: "ZERO" }]), to.replace("ZERO\n", ""));
    assert.equal(applyHunks(from, hunks, [{ changes: "^ " }]), to, "context is no change");
  });

  test("changes that are close to each other are one, so that no half of a thought is left", () => {
    const close = from.replace("one", "ONE").replace("two\na\nb", "two\na\nB");
    const hunks = hunksOf(from, close);
    assert.equal(hunks.length, 1);
    assert.equal(applyHunks(from, hunks, [{ changes: "ONE" }]), from);
  });

  test("a part without changes of its own is the whole file", () => {
    assert.equal(applyHunks(from, hunksOf(from, "other\n"), [{}]), from);
  });
});

test("proper subsets are neither none nor all", () => {
  assert.deepEqual(properSubsets(["a"]), []);
  assert.deepEqual(properSubsets([]), []);
  assert.deepEqual(properSubsets(["a", "b"]), [["a"], ["b"]]);
  assert.equal(properSubsets(["a", "b", "c"]).length, 6);
});

test("a part may be in several files", () => {
  assert.deepEqual(filesOf({ file: "a.yaml" }), ["a.yaml"]);
  assert.deepEqual(filesOf({ file: ["a.yaml", "b.yaml"] }), ["a.yaml", "b.yaml"]);
});
