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

test("in a width columns give room in their order, and go only then; wide characters count twice", () => {
  const rows = [
    ["PART", "STATE", "LOG"],
    ["edge", "healthy", "logs/edge.log"],
    ["珈琲", "up", "logs/coffee.log"],
  ];
  const giving = [
    { column: 2, least: 6 },
    { column: 1, least: 4 },
  ];
  const table = (width: number) => textTable(rows, ["left"], { width, giving }).join("\n");
  assert.equal(table(80), "PART  STATE    LOG\nedge  healthy  logs/edge.log\n珈琲  up       logs/coffee.log");
  assert.equal(table(23), "PART  STATE    LOG\nedge  healthy  logs/ed…\n珈琲  up       logs/co…");
  assert.equal(table(18), "PART  STA…  LOG\nedge  hea…  logs/…\n珈琲  up    logs/…");
  assert.equal(table(10), "PART  STA…\nedge  hea…\n珈琲  up");
  assert.equal(table(3), "PA…\ned…\n珈…");
});
