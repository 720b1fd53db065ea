import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { ModeName } from "@envoy-mesh-lab/compare";
import type { ModeCall } from "./calls.ts";
import { figuresSoFar } from "./progress.ts";

const call = (mode: ModeName, round: number, clockMs: number, code = "ok"): ModeCall => ({
  ...{ mode, round, clockMs, code },
  heldBack: false,
});
const whileCalls = (calls: readonly ModeCall[]) =>
  figuresSoFar({ step: "calls", done: calls.length, of: 300, calls, samples: [] });

suite("a run over the modes that goes on", () => {
  test("says nothing before its first whole round", () => {
    assert.equal(whileCalls([]), undefined);
  });

  test("says what calls cost on the client's clock, without those of the warm-up and those that failed", () => {
    const figures = whileCalls([
      call("baseline", -1, 500),
      call("all", -1, 900),
      call("baseline", 0, 4),
      call("all", 0, 9),
      call("baseline", 1, 4),
      call("all", 1, 1_000, "unavailable"),
    ]);
    assert.equal(figures?.rounds, 1);
    assert.deepEqual(
      figures?.modes.map((it) => [it.mode, it.clockMs.value]),
      [
        ["baseline", 4],
        ["all", 9],
      ],
    );
    assert.equal(figures?.costs[0]?.clockMs.value, 5);
  });

  test("goes by the traces once they are read, and not by calls whose trace is not", () => {
    const parts = [{ name: "gateway", role: "app", ms: 3 }] as const;
    const figures = figuresSoFar({
      ...{ step: "traces", done: 2, of: 4 },
      calls: [call("baseline", 0, 4), call("all", 0, 9), call("baseline", 1, 50), call("all", 1, 90)],
      samples: [
        { mode: "baseline", round: 0, clockMs: 4, parts },
        { mode: "all", round: 0, clockMs: 9, parts },
      ],
    });
    assert.equal(figures?.rounds, 1);
    assert.deepEqual(figures?.modes[0]?.spansMs.value, 3);
  });
});
