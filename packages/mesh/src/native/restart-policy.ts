/** When a part that ended is started again, by the words of Docker Compose. */
export interface RestartPolicy {
  readonly when: "no" | "always" | "unless-stopped" | "on-failure";
  /** Attempts of `on-failure:N`; without it there is no limit. */
  readonly attempts?: number;
}

const firstDelayMs = 100;
const longestDelayMs = 60_000;

/** A part that ran this long, in milliseconds, counts as recovered: the next delay is the first one again. */
export const recoveredAfterMs = 10_000;

/** Reads `no`, `always`, `unless-stopped`, `on-failure` or `on-failure:N`; undefined for anything else. */
export function parseRestartPolicy(text: string): RestartPolicy | undefined {
  const match = /^(?:(no|always|unless-stopped|on-failure)|on-failure:(\d+))$/.exec(text);
  if (match?.[2] !== undefined) {
    return { when: "on-failure", attempts: Number(match[2]) };
  }
  return match ? { when: match[1] as RestartPolicy["when"] } : undefined;
}

/**
 * Milliseconds until a part that ended by itself is started again: 100 ms, doubled for each restart in a row, at most a
 * minute, as Docker does it. Undefined when the policy leaves it ended.
 */
export function restartDelay(
  policy: RestartPolicy,
  failed: boolean,
  restartsInARow: number,
): number | undefined {
  if (policy.when === "no" || (policy.when === "on-failure" && !failed)) {
    return undefined;
  }
  if (policy.attempts !== undefined && restartsInARow >= policy.attempts) {
    return undefined;
  }
  return Math.min(firstDelayMs * 2 ** restartsInARow, longestDelayMs);
}
