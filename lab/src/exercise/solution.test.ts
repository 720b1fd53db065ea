import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { applyHunks, hunksOf, properSubsets } from "./solution.ts";

const from = "one\ntwo\nthree\nfour\nfive\n";

suite("the changes of a solution", () => {
  const cases = {
    "a changed line": "one\nTWO\nthree\nfour\nfive\n",
    "added lines": "one\ntwo\nnew\nnewer\nthree\nfour\nfive\n",
    "an added first line": "zero\none\ntwo\nthree\nfour\nfive\n",
    "an added last line": "one\ntwo\nthree\nfour\nfive\nsix\n",
    "removed lines": "one\nfive\n",
    "several changes": "zero\none\nTWO\nfour\nnew\nfive\n",
  };
  for (const [name, to] of Object.entries(cases)) {
    test(`${name}: all of them make the solution, none of them the start`, () => {
      assert.equal(applyHunks(from, hunksOf(from, to), []), to);
      assert.equal(applyHunks(from, hunksOf(from, to), [{ changes: "" }]), from);
    });
  }

  test("a part that is left out leaves its lines, wherever the others add some", () => {
    const hunks = hunksOf(from, cases["several changes"]);
    assert.equal(applyHunks(from, hunks, [{ changes: "TWO|new" }]), "zero\none\ntwo\nthree\nfour\nfive\n");
    assert.equal(applyHunks(from, hunks, [{ changes: "zero" }]), "one\nTWO\nfour\nnew\nfive\n");
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
