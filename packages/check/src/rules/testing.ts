import type { QuirkCode, Trace } from "@envoy-mesh-lab/trace";
import { indexTrace } from "@envoy-mesh-lab/trace";
import { drawnTrace } from "@envoy-mesh-lab/trace/testing";
import type { Finding } from "../findings.ts";
import { applyRules } from "./index.ts";

/** Which spans the reader found odd, by the code of what is odd. */
type Odd = Partial<Record<QuirkCode, string[]>>;

/** The codes and edges that the rules find in a drawn trace; without the notes on what the reader found odd. */
export function found(drawing: string, odd: Odd = {}): string[] {
  return applyRules(indexTrace(withQuirks(drawing, odd)))
    .map((it) => `${it.code}: ${it.edge}`)
    .filter((it) => !it.startsWith("input."));
}

/** The findings of the rules in a drawn trace. */
export function findings(drawing: string): Finding[] {
  return applyRules(indexTrace(drawnTrace(drawing)));
}

/** The evidence of the first finding; empty when there is none. */
export function evidence(drawing: string): string {
  return findings(drawing)[0]?.evidence ?? "";
}

function withQuirks(drawing: string, odd: Odd): Trace {
  const quirks = Object.entries(odd).map(([code, spanIds]) => ({
    code: code as QuirkCode,
    message: code,
    spanIds,
  }));
  return { ...drawnTrace(drawing), quirks };
}
