import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Comparison } from "./compare.ts";
import { differencesOf, spanProblemsOf, summarize, surprisesOf } from "./compare.ts";
import type { Suite } from "./suite.ts";
import { ensureSuite, runSuite } from "./suite.ts";

let suite: Suite | undefined;

test("the conformance suite is there, or is built from its Go module", async () => {
  suite = await ensureSuite();
});

for (const side of ["server", "client"] as const) {
  describe(`conformance of a connect-es ${side}`, () => {
    const runs: Partial<Record<"bare" | "traced", Comparison["bare"]>> = {};
    function both(): Comparison {
      const { bare, traced } = runs;
      assert.ok(bare && traced, "both runs came to an end");
      return { side, bare, traced };
    }

    for (const how of ["bare", "traced"] as const) {
      test(`${how === "bare" ? "bare" : "with our interceptors"}, what fails is what is known to fail`, async (context) => {
        assert.ok(suite, "without the suite there is nothing to run; see above");
        const run = await runSuite(suite, side, how === "traced");
        runs[how] = run;
        context.diagnostic(summarize(run));
        assert.deepEqual(surprisesOf(side, run), []);
      });
    }

    test("the same cases pass with our interceptors as without", () => {
      assert.deepEqual(differencesOf(both()), []);
    });

    test("the calls were traced, and every span that was started has ended", () => {
      assert.deepEqual(spanProblemsOf(both().traced), []);
    });
  });
}
