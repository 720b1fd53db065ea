import type { HealthPlan } from "./health-plan.ts";

/** What the probes so far say of a part. */
export interface Health {
  readonly status: "starting" | "healthy" | "unhealthy";
  /** Failures in a row that count. */
  readonly failures: number;
  /** When the first of those was, in the part's age in milliseconds. */
  readonly failingSince?: number;
}

/** A part that is not ready for this long, in milliseconds, is restarted: it is up, but will not come back by itself. */
const notReadyLimitMs = 60_000;

/** A part that was just started. */
export const unprobed: Health = { status: "starting", failures: 0 };

/** Takes one more probe into account; `age` is the part's, in milliseconds. */
export function afterProbe(health: Health, plan: HealthPlan, ok: boolean, age: number): Health {
  if (ok) {
    return { status: "healthy", failures: 0 };
  }
  // A part that is still allowed to start does not fail by not being there yet.
  if (health.status === "starting" && age < plan.startPeriod) {
    return health;
  }
  const failures = health.failures + 1;
  const status = failures >= plan.retries ? "unhealthy" : health.status;
  return { status, failures, failingSince: health.failingSince ?? age };
}

/** True for a part that answered once or had its time to start, and does not answer now. */
export function isUnready({ status, failures }: Health): boolean {
  return failures > 0 && status !== "starting";
}

/** Whether a part of this age has been unready for longer than is waited for it. */
export function isGivenUp(health: Health, age: number, limit = notReadyLimitMs): boolean {
  return isUnready(health) && age - (health.failingSince ?? age) >= limit;
}

/** Milliseconds until the first probe: none in a start period, where a failure does no harm. */
export function firstProbeDelay(plan: HealthPlan): number {
  return plan.startPeriod > 0 ? 0 : plan.interval;
}

/** Milliseconds until the next probe. */
export function probeDelay(health: Health, plan: HealthPlan, age: number): number {
  return health.status === "starting" && age < plan.startPeriod ? plan.startInterval : plan.interval;
}
