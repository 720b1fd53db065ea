import type { ComposeService } from "../compose/schema.ts";

/** How a part is asked whether it is well. */
export type Probe =
  | { readonly kind: "http"; readonly url: string }
  | { readonly kind: "exec"; readonly argv: readonly [string, ...string[]] };

/** A counter in Prometheus' text format. */
export interface RefusalCounter {
  readonly url: string;
  readonly counter: string;
}

/** A health check; times are in milliseconds and mean what they mean in Docker Compose. */
export interface HealthPlan {
  readonly probe: Probe;
  /** Where the part counts what it refuses. It is not well while that grows, whatever the probe says. */
  readonly refusals?: RefusalCounter;
  readonly interval: number;
  readonly timeout: number;
  /** Failures in a row, outside the start period, that make the part unhealthy. */
  readonly retries: number;
  readonly startPeriod: number;
  /** Time between probes during the start period. */
  readonly startInterval: number;
}

// Docker's own defaults for a healthcheck that leaves them out.
const dockerTimes = { interval: 30_000, timeout: 30_000, retries: 3, startPeriod: 0, startInterval: 5_000 };

// For a part that only a native run probes, so that the mesh is up soon and a slow first start is not a failure.
const nativeTimes = { interval: 5_000, timeout: 2_000, retries: 3, startPeriod: 60_000, startInterval: 200 };

function probeOf(service: ComposeService): Probe | undefined {
  const ready = service["x-native"]?.ready;
  if (ready !== undefined) {
    return { kind: "http", url: ready };
  }
  const [form, first, ...rest] = service.healthcheck?.test ?? [];
  if (first === undefined || form === "NONE") {
    return undefined;
  }
  return { kind: "exec", argv: form === "CMD-SHELL" ? ["/bin/sh", "-c", first] : [first, ...rest] };
}

/** The health check of a service: `x-native.ready`, else `healthcheck.test`; undefined when it has none. */
export function healthOf(service: ComposeService): HealthPlan | undefined {
  const probe = service.healthcheck?.disable ? undefined : probeOf(service);
  if (probe === undefined) {
    return undefined;
  }
  const check = service.healthcheck;
  const refusals = service["x-native"]?.refusals;
  const defaults = check ? dockerTimes : nativeTimes;
  return {
    probe,
    ...(refusals ? { refusals } : {}),
    interval: check?.interval ?? defaults.interval,
    timeout: check?.timeout ?? defaults.timeout,
    retries: check?.retries || defaults.retries,
    startPeriod: check?.start_period ?? defaults.startPeriod,
    startInterval: check?.start_interval ?? defaults.startInterval,
  };
}
