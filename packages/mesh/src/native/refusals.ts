import { sumMetric } from "../ledger/ledger.ts";
import type { RefusalCounter } from "./health-plan.ts";
import type { ProbeResult } from "./probe.ts";

/** How much a part has refused since it started; undefined when it does not answer within `timeout` milliseconds. */
export async function readRefusals(
  { url, counter }: RefusalCounter,
  timeout: number,
): Promise<number | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeout) });
    const text = await response.text();
    return response.ok ? sumMetric(text, counter) : undefined;
  } catch {
    // Not there (yet), or stuck; `judgeRefusals` notices.
    return undefined;
  }
}

/**
 * Whether a part takes what it is there to take: it does not while it refuses more from one probe to the next, nor when it
 * does not say, as a Collector whose queue stands still does not. What it refused before that is past, so it is well again
 * by itself.
 *
 * @param before what it had refused at the last probe. @param now undefined when it did not answer.
 */
export function judgeRefusals(
  before: number,
  now: number | undefined,
  { url, counter }: RefusalCounter,
): ProbeResult {
  if (now === undefined) {
    return { ok: false, detail: `does not say at ${url} whether it refuses work` };
  }
  return now <= before
    ? { ok: true, detail: "" }
    : { ok: false, detail: `refuses work: ${counter} at ${url} rose by ${now - before} to ${now}` };
}
