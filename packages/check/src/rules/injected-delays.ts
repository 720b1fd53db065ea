import type { Span } from "@envoy-mesh-lab/trace";
import { duration, labelAt, serviceOf } from "@envoy-mesh-lab/trace";
import type { Finding } from "../findings.ts";
import { isSameProxy, passageOf } from "../passage.ts";
import { flagsOf } from "../span-facts.ts";
import type { Rule } from "./rule.ts";

/** Envoys that held a request back on purpose: their fault filter's response flag DI (Envoy, access log, RESPONSE_FLAGS). */
export const checkInjectedDelays: Rule = ({ index }) => {
  const findings: Finding[] = [];
  for (let i = 0; i < index.spans.length; i++) {
    const isDelayed = (at: number) => flagsOf(index.spans[at] as Span).includes("DI");
    const above = index.parent[i] as number;
    if (index.isProxy[i] !== 1 || !isDelayed(i) || (isSameProxy(index, above, i) && isDelayed(above)))
      continue;
    const label = labelAt(index, i);
    findings.push({
      code: "status.delay-injected",
      edge: label,
      evidence: `${label} held the request back on purpose before it sent it on (DI, DelayInjected); it took ${duration((index.end[i] as number) - (index.start[i] as number))} in all`,
      cause: `a fault filter of ${serviceOf(index.spans[i] as Span)} delays requests`,
      remedy:
        "take the fault filter out when the trial is over (Envoy: the HTTP filter fault; Istio: fault.delay of the VirtualService)",
      spanIds: passageOf(index, i)
        .own.filter(isDelayed)
        .map((at) => (index.spans[at] as Span).spanId),
    });
  }
  return findings;
};
