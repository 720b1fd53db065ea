import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Comparison, WayToTrace } from "./compare.ts";
import { differencesOf, spanProblemsOf, summarize, surprisesOf, waysToTrace } from "./compare.ts";
import type { Suite } from "./suite.ts";
import { ensureSuite, runSuite } from "./suite.ts";
import type { Tracing } from "./variables.ts";

let program: Suite | undefined;

test("the conformance suite is there, or is built from its Go module", async () => {
  program = await ensureSuite();
});

for (const side of ["server", "client"] as const) {
  suite(`conformance of a connect-es ${side}`, () => {
    const runs: Partial<Record<Tracing, Comparison["bare"]>> = {};
    function both(way: WayToTrace): Comparison {
      const { bare, [way]: traced } = runs;
      assert.ok(bare && traced, "both runs came to an end");
      return { side, bare, traced };
    }

    for (const how of ["bare", ...waysToTrace] as const) {
      test(`${how === "bare" ? "bare" : `with our interceptors ${how}`}, what fails is what is known to fail`, async (context) => {
        assert.ok(program, "without the suite there is nothing to run; see above");
        const run = await runSuite(program, side, how);
        runs[how] = run;
        context.diagnostic(summarize(run));
        assert.deepEqual(surprisesOf(side, run), []);
      });
    }

    for (const way of waysToTrace) {
      test(`the same cases pass with our interceptors ${way} as without`, () => {
        assert.deepEqual(differencesOf(both(way)), []);
      });

      test(`the calls were traced ${way}, and every span that was started has ended`, () => {
        assert.deepEqual(spanProblemsOf(both(way).traced), []);
      });
    }
  });
}
