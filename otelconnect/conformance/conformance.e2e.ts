import assert from "node:assert/strict";
import { before, test } from "node:test";
import { compareRuns, summarize } from "./compare.ts";
import type { Suite } from "./suite.ts";
import { ensureSuite } from "./suite.ts";

let suite: Suite;
before(async () => {
  suite = await ensureSuite();
});

for (const side of ["server", "client"] as const) {
  test(`the same conformance cases pass for a connect-es ${side} bare and with our interceptors`, async (context) => {
    const comparison = await compareRuns(suite, side);
    context.diagnostic(summarize(comparison));
    assert.deepEqual(comparison.problems, []);
  });
}
