import { paint, printable } from "@envoy-mesh-lab/trace";
import type { Alike, Cause } from "./causes/causes.ts";
import { severityOf } from "./findings.ts";
import { plural } from "./plural.ts";

/** How `renderCause` writes. */
export interface CauseStyle {
  /** How many traces were checked; of a single one, nothing is counted. */
  traces: number;
  /** Whether to use ANSI colours; the words say the same. */
  color: boolean;
  /** Where a trace is to be seen, in words. */
  link?: ((traceId: string) => string) | undefined;
  /** The traces that are drawn beside, which need not be said where to see. */
  drawn?: ReadonlyMap<string, unknown> | undefined;
}

const colors = { error: "red", warning: "yellow", note: "blue" } as const;

/** So many kinds of findings that follow from one are reported. */
const toldFollows = 8;

/** A cause in words: what it is and where, in how many traces, what to change, and what follows from it. */
export function renderCause(cause: Cause, number: number | undefined, style: CauseStyle): string[] {
  const { color, link, drawn, traces } = style;
  const { finding, traceId, follows } = cause;
  const code = color ? paint(colors[severityOf(finding.code)], finding.code) : finding.code;
  const { spanIds } = finding;
  const spans =
    spanIds.length > 6 ? `${spanIds.slice(0, 6).join(" ")} … (${spanIds.length})` : spanIds.join(" ");
  return [
    "",
    `${number === undefined ? "  " : `${number}. `.padStart(4)}${code}  ${printable(finding.edge)}`,
    ...(traces > 1 ? [`    in:     ${tracesInWords(cause, traces)}, e.g. ${traceId}`] : []),
    ...(traces > 1 && link && !drawn?.has(traceId) ? [`  ${link(traceId)}`] : []),
    `    seen:   ${printable(finding.evidence)}`,
    `    cause:  ${printable(finding.cause)}`,
    `    remedy: ${printable(finding.remedy)}`,
    ...(spans ? [`    spans:  ${spans}`] : []),
    ...renderFollows(follows, traces),
  ];
}

/** "5 of 30 traces", with how often where that is more. */
export function tracesInWords({ traceIds, all }: Alike, traces: number): string {
  const often = all.length > traceIds.length ? `, ${all.length} times` : "";
  return `${traceIds.length} of ${plural(traces, "trace")}${often}`;
}

function renderFollows(follows: readonly Alike[], traces: number): string[] {
  if (follows.length === 0) return [];
  const all = follows.reduce((sum, it) => sum + it.all.length, 0);
  return [
    `    from it ${all === 1 ? "follows one more finding" : `follow ${all} more findings`}:`,
    ...follows.slice(0, toldFollows).map((it) => {
      const { code, edge, about } = it.finding;
      const what = about ? `${about.which ?? edge}: ${about.key}` : edge;
      const where =
        traces > 1
          ? ` (in ${tracesInWords(it, traces)})`
          : it.all.length > 1
            ? ` (${it.all.length} times)`
            : "";
      return `      ${code}  ${printable(what)}${where}`;
    }),
    ...(follows.length > toldFollows ? [`      … and ${follows.length - toldFollows} more kinds`] : []),
  ];
}
