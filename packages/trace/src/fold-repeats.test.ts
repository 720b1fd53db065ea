import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { foldRepeats } from "./fold-repeats.ts";
import type { Tree } from "./top-down.ts";
import { topDown } from "./top-down.ts";

/** A tree of which the parent of each place is given. */
function treeOf(parent: number[]): Tree {
  const firstChild = parent.map(() => -1);
  const nextSibling = parent.map(() => -1);
  for (let i = parent.length - 1; i >= 0; i--) {
    const above = parent[i] as number;
    if (above < 0) continue;
    nextSibling[i] = firstChild[above] as number;
    firstChild[above] = i;
  }
  return { parent, firstChild, nextSibling };
}

const shown = (tree: Tree, kinds: string, isKept?: (place: number) => boolean) =>
  foldRepeats(tree, (it) => kinds[it] as string, isKept).map(
    ({ place, depth, alike }) =>
      `${" ".repeat(depth)}${kinds[place]}${place}${alike ? `×${alike.length}` : ""}`,
  );

suite("repeats", () => {
  test("are one line from the third on, but where that saves nothing", () => {
    assert.deepEqual(shown(treeOf([-1, 0, 0, 0, 0, 0]), "abbbbb"), ["a0", " b1", " b2", " b3×3"]);
    assert.deepEqual(shown(treeOf([-1, 0, 0, 0, 0]), "abbbb"), ["a0", " b1", " b2", " b3", " b4"]);
  });

  test("are alike when the kinds below them are, however many of each", () => {
    const parent = [-1, 0, 0, 0, 0, 0, 0, 1, 2, 2, 3, 4, 5, 6];
    assert.deepEqual(shown(treeOf(parent), "abbbbbbcccccdc".slice(0, 14)), [
      ...["a0", " b1", "  c7", " b2", "  c8", "  c9", " b3×3", " b5", "  d12"],
    ]);
  });

  test("what is kept has a line of its own, and all above it", () => {
    const lines = shown(treeOf([-1, 0, 0, 0, 0, 0, 0, 5]), "abbbbbbc", (it) => it === 7);
    assert.deepEqual(lines, ["a0", " b1", " b2", " b3×3", " b5", "  c7"]);
  });
});

test("whatever the tree, every span is drawn, in one line with others, or below such a line", () => {
  const trees = fc
    .array(fc.record({ above: fc.nat(), kind: fc.constantFrom("a", "b") }), { maxLength: 60 })
    .map((list) => ({
      tree: treeOf(list.map(({ above }, i) => (i === 0 || above % 7 === 0 ? -1 : above % i))),
      kinds: list.map((it) => it.kind).join(""),
    }));
  fc.assert(
    fc.property(trees, ({ tree, kinds }) => {
      const rows = foldRepeats(tree, (it) => kinds[it] as string);
      const drawn = rows.flatMap(({ place, alike }) => alike ?? [place]);
      assert.equal(new Set(drawn).size, drawn.length);
      const folded = new Set(rows.flatMap(({ alike }) => alike ?? []));
      for (const place of topDown(tree)) {
        if (folded.has(tree.parent[place] as number)) folded.add(place);
        assert.ok(drawn.includes(place) || folded.has(place));
      }
    }),
  );
});
