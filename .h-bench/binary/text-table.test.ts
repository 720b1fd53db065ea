import assert from "node:assert/strict";
import { test } from "node:test";
import { textTable } from "./text-table.ts";

test("columns are as wide as their widest cell, and lines as long as each other", () => {
  const rows = [["part", "calls", "p99"], ["edge", "1000", "7.5"], ["gateway-proxy"]];
  assert.deepEqual(textTable(rows, ["left", "right"]), [
    "part           calls  p99",
    "edge            1000  7.5",
    "gateway-proxy            ",
  ]);
  assert.deepEqual(textTable([["a", "b"]]), ["a  b"]);
  assert.deepEqual(textTable([]), []);
});
