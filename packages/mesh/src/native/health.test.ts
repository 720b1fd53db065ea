import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Health } from "./health.ts";
import { afterProbe, firstProbeDelay, isGivenUp, isUnready, probeDelay, unprobed } from "./health.ts";
import type { HealthPlan } from "./health-plan.ts";

const plan: HealthPlan = {
  probe: { kind: "http", url: "http://127.0.0.1:1/" },
  interval: 10_000,
  timeout: 1_000,
  retries: 2,
  startPeriod: 5_000,
  startInterval: 500,
};

function after(results: readonly boolean[], age: number, from: Health = unprobed): Health {
  return results.reduce((health, ok) => afterProbe(health, plan, ok, age), from);
}

suite("the health of a part", () => {
  test("does not suffer from failures in the start period", () => {
    assert.deepEqual(after([false, false, false], 4_000), unprobed);
    assert.equal(after([false, true], 4_000).status, "healthy");
  });

  test("is lost after that many failures in a row", () => {
    assert.equal(after([false], 6_000).status, "starting");
    assert.equal(after([false, false], 6_000).status, "unhealthy");
    assert.equal(after([true, false, true, false], 6_000).status, "healthy");
    assert.equal(after([true, false, false], 6_000).status, "unhealthy");
  });

  test("counts in the start period too once the part was healthy", () => {
    assert.equal(after([true, false, false], 1_000).status, "unhealthy");
  });

  test("comes back with one success", () => {
    assert.deepEqual(after([false, false, true], 6_000), { status: "healthy", failures: 0 });
  });

  test("is asked for often in the start period only", () => {
    assert.equal(probeDelay(unprobed, plan, 1_000), 500);
    assert.equal(probeDelay(unprobed, plan, 6_000), 10_000);
    assert.equal(probeDelay({ status: "healthy", failures: 0 }, plan, 1_000), 10_000);
    assert.equal(firstProbeDelay(plan), 0);
    assert.equal(firstProbeDelay({ ...plan, startPeriod: 0 }), 10_000);
  });

  test("is unready from the first failure on, and given up after a minute of them", () => {
    assert.equal(isUnready(after([false], 6_000)), false, "it may still be starting");
    const failed = after([true, false], 6_000);
    assert.equal(failed.status, "healthy");
    assert.ok(isUnready(failed));
    assert.equal(isGivenUp(failed, 65_999), false);
    assert.ok(isGivenUp(failed, 66_000));
    assert.ok(isGivenUp(after([false], 70_000, failed), 70_000), "counted from the first");
    assert.equal(isGivenUp(after([true, false], 70_000, failed), 70_000), false, "and anew after a success");
  });
});
