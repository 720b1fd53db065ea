import assert from "node:assert/strict";
import { test } from "node:test";
import { matching, stepped, wayCommands } from "./commands.ts";

const all = ["Go to Mesh", "Go to Traces", "Call the café: OrderDrink", "Mesh: stop a part"].map((title) => ({
  title,
  run: () => title,
}));
const found = (text: string) => matching(all, text).map(({ title }) => title);

test("a command is found by any of its words, in any order and case", () => {
  assert.deepEqual(found("TRACES go"), ["Go to Traces"]);
  assert.deepEqual(found("café"), ["Call the café: OrderDrink"]);
  assert.deepEqual(found("nothing like it"), []);
  assert.equal(found("  ").length, all.length);
});

test("those that begin with what was typed come first", () => {
  assert.deepEqual(found("mesh"), ["Mesh: stop a part", "Go to Mesh"]);
});

test("steps go round the ends of the list", () => {
  assert.deepEqual([stepped(0, -1, 3), stepped(2, 1, 3), stepped(0, 1, 3), stepped(0, 1, 0)], [2, 0, 1, 0]);
});

test("there is a way to each place", () => {
  const titles = { mesh: "Mesh", traces: "Traces", compare: "Compare", exercises: "Exercises" };
  assert.deepEqual(
    wayCommands(titles).map(({ title }) => title),
    ["Go to Mesh", "Go to Traces", "Go to Compare", "Go to Exercises"],
  );
});
