import assert from "node:assert/strict";
import { test } from "node:test";
import { durationNs } from "@envoy-mesh-lab/trace";
import { recordedTrace } from "@envoy-mesh-lab/trace/testing";
import { partsOf } from "./modes-parts.ts";
import { modes, spansOf } from "./modes-table.ts";

const [all] = modes.filter((it) => it.name === "all");
const whole = all ? spansOf(all) : Number.NaN;

test("the parts of a recorded call are its hops from the caller on, and add up to the topmost span", () => {
  const trace = recordedTrace("whole");
  const parts = partsOf(trace, whole) ?? assert.fail("the trace is whole");
  assert.deepEqual(
    parts.map((it) => [it.role, it.name]),
    [
      ["proxy", "edge inbound"],
      ["network", "edge inbound → gateway-proxy inbound"],
      ["proxy", "gateway-proxy inbound"],
      ["network", "gateway-proxy inbound → gateway"],
      ["app", "gateway"],
      ["client", "gateway → gateway-proxy outbound"],
      ["proxy", "gateway-proxy outbound"],
      ["network", "gateway-proxy outbound → backend-proxy inbound"],
      ["proxy", "backend-proxy inbound"],
      ["network", "backend-proxy inbound → backend"],
      ["app", "backend"],
    ],
  );
  const longest = Math.max(...trace.spans.map((it) => Number(durationNs(it)) / 1e6));
  const sum = parts.reduce((total, it) => total + it.ms, 0);
  assert.ok(Math.abs(sum - longest) < 1e-9, `${sum} of ${longest}`);
});

test("no parts are told of a trace that is not whole", () => {
  const { traceId, spans } = recordedTrace("whole");
  for (let i = 0; i < spans.length; i++) {
    assert.equal(partsOf({ traceId, spans: spans.toSpliced(i, 1) }, whole), undefined);
    // Nor when a span of another call stands in for the one that is missing.
    if (i > 0 && spans[i]?.parentSpanId !== undefined) {
      const [span] = spans.slice(i, i + 1).map((it) => ({ ...it, parentSpanId: "ffffffffffffffff" }));
      assert.equal(partsOf({ traceId, spans: span ? spans.with(i, span) : [] }, whole), undefined);
    }
  }
});
