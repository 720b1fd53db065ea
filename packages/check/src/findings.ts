import type { QuirkCode } from "@envoy-mesh-lab/trace";
import { isQuirkCode, quirkEntry } from "@envoy-mesh-lab/trace";

/** How much a finding weighs: errors and warnings fail a check; a note says what a reader should know. */
export type Severity = "error" | "warning" | "note";

/**
 * What can be wrong with a trace, and how much it weighs. The codes are stable: scripts may rely on them.
 * docs/checking-traces.md tells of each what it means, what shows it, what causes it and what to change.
 */
export const severities = {
  "trace.no-root": "warning",
  "trace.several-roots": "error",
  "span.missing-parent": "error",
  "span.duplicate-id": "error",
  "span.loop": "error",
  "span.unexpected": "error",
  "hop.missing": "error",
  "hop.sibling": "error",
  "hop.cut-off": "error",
  "hop.wrong-parent": "error",
  "hop.wrong-role": "error",
  "context.lost": "error",
  "kind.one-span-proxy": "warning",
  "kind.client-client": "warning",
  "kind.server-server": "warning",
  "kind.client-root": "note",
  "kind.unknown-proxy": "note",
  "time.outlives-parent": "warning",
  "time.clock-skew": "warning",
  "time.ends-before-start": "warning",
  "time.long-lived": "note",
  "status.unseen-by-proxy": "warning",
  "status.unseen-by-app": "warning",
  "status.local-reply": "warning",
  "status.delay-injected": "note",
  "retry.hidden": "warning",
  "deadline.app-first": "warning",
  "deadline.proxy-first": "warning",
  "deadline.caller-left": "warning",
  "sampling.mixed": "error",
  "span.many-names": "note",
  "expect.count": "error",
  "expect.name": "error",
  "expect.attribute": "error",
  "expect.status": "error",
  "expect.event": "error",
  "expect.link": "error",
} as const satisfies Record<string, Severity>;

/** A code of the rules or expectations, or "input." and the code of a reader's quirk. */
export type FindingCode = keyof typeof severities | `input.${QuirkCode}`;

/** What the code of a finding begins with that says what a reader found odd. */
const input = "input.";

function isOwnCode(code: FindingCode): code is keyof typeof severities {
  return Object.hasOwn(severities, code);
}

/** Whether there is a finding of that code. */
export function isFindingCode(code: string): code is FindingCode {
  return Object.hasOwn(severities, code) || (code.startsWith(input) && isQuirkCode(code.slice(input.length)));
}

/** One thing that is wrong, in words that name the edge, what was seen there, and what to do. */
export interface Finding {
  code: FindingCode;
  /** Between which two hops: "gateway CLIENT > gateway-proxy outbound SERVER". */
  edge: string;
  /** What was seen instead of what was expected. */
  evidence: string;
  /** How sure it is, where that is not always so: "likely" may be chance. */
  confidence?: "certain" | "likely";
  /** What usually causes this. */
  cause: string;
  /** What to change. */
  remedy: string;
  /** The spans that show it. */
  spanIds: string[];
  /** Other traces that show it too, when it is about several traces of the input. */
  otherTraceIds?: string[];
  /** Of a finding `expect.*`: what the expectation that is not met is about. */
  about?: {
    /** The key of the attribute, "status", "count" and so on. */
    key: string;
    /** What was there instead. */
    seen: string;
    /** Whether what was expected is not there at all, or too few of it are; else it is another, or there are too many. */
    lacks: boolean;
    /** Which spans it is about, when it is about all that a condition chooses. */
    which?: string;
  };
}

/** How much a finding weighs. What a reader found odd is a note, as long as nothing was lost by it. */
export function severityOf(code: FindingCode): Severity {
  if (isOwnCode(code)) return severities[code];
  return quirkEntry(code.slice(input.length) as QuirkCode).isLossy ? "warning" : "note";
}

/** Whether findings fail a check: notes alone do not. */
export function fails(findings: Pick<Finding, "code">[]): boolean {
  return findings.some((it) => severityOf(it.code) !== "note");
}
