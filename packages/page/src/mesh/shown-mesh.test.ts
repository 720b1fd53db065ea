import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { EdgeSchema, FlowSchema, MeshSchema } from "@envoy-mesh-lab/proto/page/v1/mesh_pb.ts";
import { conditionOf, edgeLines, orderedEdges, perSecond, sharesOf, windowWords } from "./shown-mesh.ts";

suite("what the map says", () => {
  test("a part is well, comes or goes, is down, or is not known", () => {
    const name = (state: string, well: boolean) => conditionOf({ state, well }).name;
    assert.deepEqual(
      [
        name("healthy", true),
        name("starting", false),
        name("exited", false),
        name("stopped", false),
        name("unseen", false),
      ],
      ["well", "passing", "down", "down", "unknown"],
    );
    assert.equal(name("healthy", false), "down");
  });

  test("an edge says its rate and median, what failed, and what is wrong", () => {
    const flow = { calls: 10, callsPerSecond: 0.33, p50Ns: 12_345_678, errors: 2 };
    const findings = [{ severity: "error" }, { severity: "note" }];
    assert.deepEqual(edgeLines(create(EdgeSchema, { flow })), ["0.33/s · 12.3 ms", "✖ 2 of 10 failed"]);
    assert.deepEqual(edgeLines(create(EdgeSchema, { findings })), ["⚠ 1 finding"]);
    assert.deepEqual(edgeLines(create(EdgeSchema, { flow, telemetry: true })), []);
    assert.deepEqual(
      [perSecond(0.034), perSecond(9.94), perSecond(9.96), perSecond(1234.5)],
      ["0.03/s", "9.9/s", "10/s", "1235/s"],
    );
  });

  test("time is shared, and nothing is shared where there is none", () => {
    const shares = sharesOf(create(FlowSchema, { proxyNs: 1, appNs: 2, otherNs: 1 }));
    assert.deepEqual(shares, { proxy: 0.25, app: 0.5, other: 0.25 });
    assert.equal(sharesOf(create(FlowSchema)), undefined);
  });

  test("what is wrong comes first, and telemetry last", () => {
    const edges = [
      { to: "collector", telemetry: true },
      { to: "idle" },
      { to: "busy", flow: {} },
      { to: "wrong", findings: [{}] },
    ];
    const mesh = create(MeshSchema, { edges });
    assert.deepEqual(
      orderedEdges(mesh).map((it) => it.to),
      ["wrong", "busy", "idle", "collector"],
    );
  });

  test("a sample is called one", () => {
    const words = (window: object) => windowWords(create(MeshSchema, { window: { seconds: 30, ...window } }));
    assert.match(words({ found: 5, read: 5 }), /of all 5 traces/);
    assert.match(words({ found: 500, read: 50 }), /a sample: 50 of 500/);
    assert.match(words({ found: 1000, read: 1000, more: true }), /a sample: 1000 of at least 1000/);
    assert.match(words({}), /No trace/);
  });
});
