import assert from "node:assert/strict";
import { test } from "node:test";
import { arrivalTimeout } from "./arrival-timeout.ts";

test("LAB_TRACE_TIMEOUT: a number of milliseconds, ten seconds where there is none", () => {
  assert.equal(arrivalTimeout("LAB_TRACE_TIMEOUT", undefined), 10_000);
  assert.equal(arrivalTimeout("LAB_TRACE_TIMEOUT", ""), 10_000);
  assert.equal(arrivalTimeout("LAB_TRACE_TIMEOUT", "0"), 0);
  assert.equal(arrivalTimeout("LAB_TRACE_TIMEOUT", "2500"), 2500);
});

for (const text of ["10s", "-1", "1e3", "NaN", " ", "99999999999"]) {
  test(`LAB_TRACE_TIMEOUT=${text} is wrong usage, and says so`, () => {
    assert.throws(() => arrivalTimeout("LAB_TRACE_TIMEOUT", text), {
      name: "LabError",
      exitCode: 2,
      message: `LAB_TRACE_TIMEOUT is "${text}", and not a number of milliseconds`,
    });
  });
}
