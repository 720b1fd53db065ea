import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { findExercise } from "../exercise.ts";
import type { CheckContext } from "./context.ts";
import { checkSchema, runCheck } from "./index.ts";

// The repository's own contracts are the learner's here, and lack the RPC. No call is made, so no mesh is needed.
const exercise = findExercise("12");
const mesh = { urls: { edge: "http://127.0.0.1:9", tempo: "http://127.0.0.1:9" } };
const context = { exercise, place: 0, mesh, folder: repoRoot } as unknown as CheckContext;
const traffic = { contracts: "learner", rpc: "cafe.v1.CafeService/Sing" };
const expect = "expected-hops.yaml";
const where = { service: "gateway" };

const checks: Record<string, object> = {
  traces: { traffic, expect },
  kept: { withinMs: 0, groups: [{ of: "songs", traffic, kept: 1 }] },
  names: { header: "x-guest", calls: [{ traffic, things: [{ of: "a song", where }] }] },
  linked: { traffic, expect, to: where, by: expect },
  shares: { traffic, shares: [{ of: "the gateway", where, max: 1 }] },
};

suite("a call that the learner's contracts do not have", () => {
  for (const [kind, check] of Object.entries(checks)) {
    test(`is a verdict of a check of ${kind}`, async () => {
      const { ok, items } = await runCheck(checkSchema.parse({ kind, name: "songs", ...check }), context);
      assert.equal(ok, false);
      assert.deepEqual(
        items.map(({ faults }) => faults),
        [[{ code: "call.contract", edge: "songs" }]],
      );
      assert.match(items[0]?.seen ?? "", /no RPC cafe\.v1\.CafeService\/Sing: .*OrderDrink/);
    });
  }
});
