import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  afterProbe,
  firstProbeDelay,
  type Health,
  isGivenUp,
  isUnready,
  probeDelay,
  UNPROBED,
} from "./health.ts";
import type { HealthPlan } from "./health-plan.ts";

const PLAN: HealthPlan = {
  probe: { kind: "http", url: "http://127.0.0.1:1/" },
  interval: 10_000,
  timeout: 1_000,
  retries: 2,
  startPeriod: 5_000,
  startInterval: 500,
};

function after(results: readonly boolean[], age: number, from: Health = UNPROBED): Health {
  return results.reduce((health, ok) => afterProbe(health, PLAN, ok, age), from);
}

describe("the health of a part", () => {
  it("does not suffer from failures in the start period", () => {
    assert.deepEqual(after([false, false, false], 4_000), UNPROBED);
    assert.equal(after([false, true], 4_000).status, "healthy");
  });

  it("is lost after that many failures in a row", () => {
    assert.equal(after([false], 6_000).status, "starting");
    assert.equal(after([false, false], 6_000).status, "unhealthy");
    assert.equal(after([true, false, true, false], 6_000).status, "healthy");
    assert.equal(after([true, false, false], 6_000).status, "unhealthy");
  });

  it("counts in the start period too once the part was healthy", () => {
    assert.equal(after([true, false, false], 1_000).status, "unhealthy");
  });

  it("comes back with one success", () => {
    assert.deepEqual(after([false, false, true], 6_000), { status: "healthy", failures: 0 });
  });

  it("is asked for often in the start period only", () => {
    assert.equal(probeDelay(UNPROBED, PLAN, 1_000), 500);
    assert.equal(probeDelay(UNPROBED, PLAN, 6_000), 10_000);
    assert.equal(probeDelay({ status: "healthy", failures: 0 }, PLAN, 1_000), 10_000);
    assert.equal(firstProbeDelay(PLAN), 0);
    assert.equal(firstProbeDelay({ ...PLAN, startPeriod: 0 }), 10_000);
  });

  it("is unready from the first failure on, and given up after a minute of them", () => {
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
