import type { Expected } from "./expected.ts";
import type { Finding } from "./findings.ts";

/** The verdict in words: one line when all is well, else a block for each finding. */
export function renderFindings(findings: Finding[], expected: Expected): string {
  if (findings.length === 0) {
    return `✔ ${expected.hops.length} spans in one chain: every proxy span sits exactly between the application spans.`;
  }
  return [
    `✘ ${findings.length} ${findings.length === 1 ? "finding" : "findings"}`,
    ...findings.flatMap((it) => [
      "",
      `  ${it.code}  ${it.edge}`,
      `    seen:   ${it.evidence}`,
      `    cause:  ${it.cause}`,
      `    remedy: ${it.remedy}`,
    ]),
  ].join("\n");
}
