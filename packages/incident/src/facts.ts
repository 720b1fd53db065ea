import type { Expected } from "@envoy-mesh-lab/check";
import { checkTrace, severityOf } from "@envoy-mesh-lab/check";
import type { Trace } from "@envoy-mesh-lab/trace";
import { indexTrace, labelAt, serviceOf } from "@envoy-mesh-lab/trace";

/** What matters of a trace: little enough to be kept for each that was looked at. */
export interface TraceFacts {
  /** How many spans there are of each hop: "gateway-proxy outbound CLIENT". */
  readonly counts: Readonly<Record<string, number>>;
  /** How long the longest span of each hop took, in milliseconds. */
  readonly ms: Readonly<Record<string, number>>;
  /** What `lab check` finds that is more than a note: "hop.missing at edge SERVER > edge CLIENT". */
  readonly findings: readonly string[];
  /** How long after the call each service's first span begins, in milliseconds, by its own clock. */
  readonly shiftMs: Readonly<Record<string, number>>;
  /** The services whose spans have something that must not be stored. */
  readonly leaks: readonly string[];
  /** The response flags that Envoys wrote, by service; those of all is well left out. */
  readonly flags: Readonly<Record<string, string>>;
}

/** A card's number, of which the load sends one with each call. */
const cardNumber = /\b4\d{3}-\d{4}-\d{4}-\d{4}\b/;

/**
 * Reads a trace.
 *
 * @param callAt when its call was made, in milliseconds since 1970.
 */
export function factsOf(trace: Trace, callAt: number, expected: Expected): TraceFacts {
  const index = indexTrace(trace);
  const counts: Record<string, number> = {};
  const ms: Record<string, number> = {};
  const shiftMs: Record<string, number> = {};
  const flags: Record<string, string> = {};
  const leaks = new Set<string>();
  index.spans.forEach((span, i) => {
    const label = labelAt(index, i);
    const service = serviceOf(span);
    counts[label] = (counts[label] ?? 0) + 1;
    ms[label] = Math.max(ms[label] ?? 0, Number(span.endNs - span.startNs) / 1e6);
    shiftMs[service] = Math.min(
      shiftMs[service] ?? Number.POSITIVE_INFINITY,
      Number(span.startNs / 1_000_000n) - callAt,
    );
    const flag = span.attributes.response_flags;
    if (typeof flag === "string" && flag !== "-") flags[service] = flag;
    if (Object.values(span.attributes).some((it) => typeof it === "string" && cardNumber.test(it))) {
      leaks.add(service);
    }
  });
  const findings = checkTrace(trace, expected)
    .filter(({ code }) => severityOf(code) !== "note")
    .map(({ code, edge }) => `${code} at ${edge}`);
  return { counts, ms, findings, shiftMs, leaks: [...leaks], flags };
}
