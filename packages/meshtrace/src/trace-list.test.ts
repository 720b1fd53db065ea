import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { TraceLine } from "@envoy-mesh-lab/check";
import { checkTraces, toLine } from "@envoy-mesh-lab/check";
import { textWidth } from "@envoy-mesh-lab/trace";
import { drawnTrace, recordedTrace } from "@envoy-mesh-lab/trace/testing";
import { renderLines } from "./trace-list.ts";

/** A recorded trace as `lab traces --from` lists it. */
async function listed(name: string): Promise<TraceLine> {
  const trace = recordedTrace(name);
  const { reports } = await checkTraces([trace]);
  return toLine(trace, reports[0]?.findings ?? []);
}

const names = ["whole", "unary-error", "injected-early", "no-tracer", "stream-error-grpc"];

suite("lab traces: a trace in a line", () => {
  test("the RPC, how long, what came of it, and what is found", async () => {
    const whole = await listed("whole");
    assert.deepEqual(
      [whole.rpc, whole.status, whole.findings, whole.spans],
      ["cafe.v1.CafeService/OrderDrink", "ok", [], 11],
    );
    const failed = await listed("unary-error");
    assert.deepEqual([failed.status, failed.findings], ["data_loss", []]);
    assert.deepEqual((await listed("injected-early")).findings, ["hop.sibling"]);
  });

  test("a trace without an application, or of older semantic conventions", () => {
    const proxies = toLine(
      drawnTrace("edge/inbound SERVER 5-9\n  edge/inbound CLIENT 6-12 status=error"),
      [],
    );
    assert.deepEqual([proxies.rpc, proxies.status, proxies.durationNs], ["edge SERVER", "error", 7_000_000n]);
    assert.equal(toLine(drawnTrace("a SERVER 0-1 rpc.service=x.Y rpc.method=Z"), []).rpc, "x.Y/Z");
  });

  for (const width of [60, 80, 120, 200]) {
    test(`in ${width} columns`, async (t) => {
      const table = renderLines(await Promise.all(names.map(listed)), width);
      t.assert.snapshot(table, { serializers: [(it) => `${it}`] });
      for (const line of table.split("\n")) assert.ok(textWidth(line) <= width, line);
      assert.match(table, /^\d\d:\d\d:\d\d\S* {2}[0-9a-f]{32} {2}\d/m, "time, id and duration are whole");
    });
  }
});
