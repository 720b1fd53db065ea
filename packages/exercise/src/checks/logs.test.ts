import assert from "node:assert/strict";
import { test } from "node:test";
import type { Trace } from "@envoy-mesh-lab/trace";
import { gradeLines, logsCheck, parseLines } from "./logs.ts";

const trace = {
  traceId: "t1",
  spans: [{ spanId: "s1", resource: { "service.name": "gateway" } }],
} as unknown as Trace;
const traces = new Map([["t1", trace]]);
const [wanted] = logsCheck.shape.lines.parse([{ part: "gateway", of: "its log", where: { msg: "failed" } }]);
assert.ok(wanted);

function grade(line: Record<string, string>) {
  return gradeLines(wanted as NonNullable<typeof wanted>, [line], ["t1"], traces);
}

test("a line is joined by its trace and by a span of who wrote it", () => {
  const line = { "service.name": "gateway", msg: "failed", trace_id: "t1", span_id: "s1" };
  assert.equal(grade(line).ok, true);
  for (const other of [{ trace_id: "" }, { span_id: "s2" }, { "service.name": "edge" }, { msg: "ok" }]) {
    const { ok, faults } = grade({ ...line, ...other });
    assert.equal(ok, false, JSON.stringify(other));
    assert.deepEqual(faults, [{ code: "log.unjoined", edge: "gateway" }]);
  }
});

test("what is no JSON object, or only half of one, is no line", () => {
  assert.deepEqual(parseLines('[2026] warming up\n{"a":1}\n{"b":'), [{ a: 1 }]);
});
