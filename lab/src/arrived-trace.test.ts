import assert from "node:assert/strict";
import { test } from "node:test";
import { arrivalTimeout } from "./arrived-trace.ts";

test("LAB_TRACE_TIMEOUT: a number of milliseconds, ten seconds where there is none", () => {
  assert.equal(arrivalTimeout(undefined), 10_000);
  assert.equal(arrivalTimeout(""), 10_000);
  assert.equal(arrivalTimeout("0"), 0);
  assert.equal(arrivalTimeout("2500"), 2500);
});

for (const text of ["10s", "-1", "1e3", "NaN", " ", "99999999999"]) {
  test(`LAB_TRACE_TIMEOUT=${text} is wrong usage, and says so`, () => {
    assert.throws(() => arrivalTimeout(text), {
      name: "LabError",
      exitCode: 2,
      message: `LAB_TRACE_TIMEOUT is "${text}", and not a number of milliseconds`,
    });
  });
}
