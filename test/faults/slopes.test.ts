import assert from "node:assert/strict";
import { test } from "node:test";
import { slopesOf } from "./slopes.ts";

const hour = 3_600_000;

test("memory that grows by 10 bytes an hour has that slope, whatever its noise around the line", () => {
  const bytes = [101, 109, 121, 129];
  const readings = bytes.map((it, i) => ({ at: i * hour, memory: { edge: { pid: 1, bytes: it } } }));
  const [edge] = slopesOf(readings);
  assert.deepEqual(
    { ...edge, perHour: Math.round(edge?.perHour ?? 0) },
    {
      part: "edge",
      first: 101,
      last: 129,
      perHour: 10,
      readings: 4,
    },
  );
});

test("a part's slope is that of its last process", () => {
  const readings = [
    { at: 0, memory: { edge: { pid: 1, bytes: 900 } } },
    { at: hour, memory: { edge: { pid: 2, bytes: 100 } } },
    { at: 2 * hour, memory: { edge: { pid: 2, bytes: 100 } } },
  ];
  assert.deepEqual(slopesOf(readings), [{ part: "edge", first: 100, last: 100, perHour: 0, readings: 2 }]);
});

test("a single reading has no slope", () => {
  assert.equal(slopesOf([{ at: 0, memory: { edge: { pid: 1, bytes: 5 } } }])[0]?.perHour, 0);
});
