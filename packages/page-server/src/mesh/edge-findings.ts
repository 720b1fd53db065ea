import type { CheckReport } from "@envoy-mesh-lab/check";
import { severityOf } from "@envoy-mesh-lab/check";
import { outside } from "./flows.ts";

/** A finding with the parts that its edge is between. */
export interface EdgeFinding {
  readonly from: string;
  readonly to: string;
  readonly code: string;
  readonly severity: string;
  readonly edge: string;
  readonly evidence: string;
  readonly remedy: string;
  readonly traces: number;
  readonly traceId: string;
  readonly spanIds: readonly string[];
}

/** More findings than these on one map say nothing more; the first of each edge and code are reported anyway. */
const findingsAtMost = 200;

const weights = ["error", "warning", "note"];

/**
 * What was found wrong in the window's traces, by the edge that it is on, the heaviest first. The same on the same edge in many
 * traces is reported once.
 *
 * @param partOf the part that a service is.
 */
export function edgeFindings(
  { reports }: Pick<CheckReport, "reports">,
  partOf: (service: string) => string,
): EdgeFinding[] {
  const found = new Map<string, EdgeFinding>();
  for (const { traceId, findings } of reports) {
    for (const { code, edge, evidence, remedy, spanIds, otherTraceIds = [] } of findings) {
      const ends = endsOf(edge);
      const key = `${code}\n${edge}`;
      const known = found.get(key);
      if (known === undefined && found.size >= findingsAtMost) continue;
      const traces = (known?.traces ?? 0) + 1 + otherTraceIds.length;
      found.set(key, {
        from: partOf(ends.from),
        to: partOf(ends.to),
        code,
        severity: severityOf(code),
        edge,
        // That of the newest trace, which is the easiest to find again.
        evidence,
        remedy,
        traces,
        traceId,
        spanIds: spanIds.slice(0, 50),
      });
    }
  }
  return [...found.values()].sort((a, b) => weights.indexOf(a.severity) - weights.indexOf(b.severity));
}

const label =
  /^(.*?)(?: (?:inbound|outbound))?(?: (?:UNSPECIFIED|INTERNAL|SERVER|CLIENT|PRODUCER|CONSUMER|\?))?$/s;
const spanId = /^[0-9a-f]{16}$/;

/**
 * The services at the ends of an edge in the words of a finding: "gateway CLIENT > gateway-proxy outbound SERVER". One that is
 * about a single place is on the way into it; "?" is nobody's name.
 */
export function endsOf(edge: string): { from: string; to: string } {
  const names = edge.split(" > ").map((it) => label.exec(it)?.[1] ?? it);
  const to = names.at(-1) ?? "";
  const from = names.length > 1 && !spanId.test(names[0] as string) ? (names[0] as string) : outside;
  return { from, to: to === "?" ? "" : to };
}
