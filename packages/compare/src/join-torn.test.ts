import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { makeTrace } from "@envoy-mesh-lab/trace/testing";
import { decompose } from "./decompose.ts";
import { joinTorn } from "./join-torn.ts";
import { notesOf } from "./notes.ts";
import { byKey, span } from "./testing/made-span.ts";

const lost = "00000000deadbeef";

suite("joinTorn", () => {
  test("steps whose span is missing are told together, from the first to the last", () => {
    const trace = makeTrace(
      span("1", lost, "client", [100, 400]),
      span("2", lost, "internal", [500, 600]),
      span("3", lost, "client", [600, 900]),
    );
    const { totalNs, parts, notes } = decompose(trace);
    assert.equal(totalNs, 800);
    assert.deepEqual(byKey(parts), { "waiting a → peer (no span)": 600, "app a": 200 });
    assert.equal(notes.joined, 3);
    assert.equal(notes.detached, 0);
    assert.match(
      notesOf({ notes: { traces: 1, ...notes }, traces: 1 }).join(" "),
      /3 spans whose parent is missing/,
    );
  });

  test("a larger tree below another missing span stays the top", () => {
    const tree = ["4", "5", "6", "7"].map((id, i) =>
      span(id, i === 0 ? "0000000000000bad" : "4", "internal", [0, 50]),
    );
    const trace = makeTrace(span("1", lost, "client", [0, 10]), span("2", lost, "client", [20, 30]), ...tree);
    assert.equal(decompose(trace).totalNs, 50);
  });

  test("nothing is joined where there is a root, one step, several services, a request that came in, or a proxy", () => {
    const step = span("1", lost, "client", [0, 10]);
    for (const spans of [
      [step, span("2", undefined, "server", [0, 10])],
      [step],
      [step, span("2", lost, "client", [20, 30], { service: "b" })],
      [step, span("2", lost, "server", [20, 30])],
      [
        span("1", lost, "client", [0, 10], { attributes: { component: "proxy" } }),
        span("2", lost, "client", [20, 30]),
      ],
    ]) {
      const trace = makeTrace(...spans);
      assert.deepEqual(joinTorn(trace), { trace, steps: new Map() });
    }
  });
});
