import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { linesWith } from "./trace-logs.ts";

const id = "4bf92f3577b34da6a3ce929d0e0e4736";
const logs: Readonly<Record<string, string>> = {
  edge: `{"trace_id":"${id}","traceparent":"00-${id}-01"}\n{"trace_id":"other"}\n{"a":"${id}"}`,
  gateway: "",
  backend: `first\n${id} last\n`,
};
const read = async (part: string) => logs[part] ?? "";

suite("the log lines of a trace", () => {
  test("each line that carries its id, once, whole, in the order of the parts", async () => {
    const { lines, isCut } = await linesWith(id, ["edge", "gateway", "backend"], read);
    assert.deepEqual(lines, [
      { part: "edge", text: `{"trace_id":"${id}","traceparent":"00-${id}-01"}` },
      { part: "edge", text: `{"a":"${id}"}` },
      { part: "backend", text: `${id} last` },
    ]);
    assert.equal(isCut, false);
  });

  test("neither many nor long ones fill the answer", async () => {
    const long = await linesWith(id, ["a"], async () => `${"x".repeat(1 << 20)}${id}`);
    assert.equal(long.lines[0]?.text.length, 16_384);
    const many = await linesWith(id, ["a"], async () => `${id}\n`.repeat(2_000));
    assert.deepEqual([many.lines.length, many.isCut], [500, true]);
  });
});
