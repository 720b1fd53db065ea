import { printableLines } from "@envoy-mesh-lab/trace";
import type { CheckReport } from "./check-traces.ts";
import type { Finding, Severity } from "./findings.ts";
import { tracesInWords } from "./render-causes.ts";

/** GitHub shows ten annotations of a level for a step; more are not worth writing. */
const perLevel = 10;

const levels = { error: "error", warning: "warning", note: "notice" } as const satisfies Record<
  Severity,
  string
>;

/**
 * The report as workflow commands of GitHub Actions, one for each cause: each becomes an annotation. Where a file of
 * expectations has the line that is not met, the annotation points at it.
 */
export function toGithub(report: CheckReport, expectedFile: string | undefined): string {
  const lines: Record<Severity, string[]> = { error: [], warning: [], note: [] };
  for (const cause of report.causes) {
    const { finding, severity, traceId, follows } = cause;
    const many =
      report.traces > 1 ? `in ${tracesInWords(cause, report.traces)}, e.g. ${traceId}` : `trace ${traceId}`;
    const more = follows.map((it) => `\nfollows: ${it.finding.code} ${it.finding.edge}`).join("");
    lines[severity].push(
      command(
        levels[severity],
        { ...place(report, finding, expectedFile), title: `${finding.code}: ${finding.edge}` },
        `${finding.evidence}\ncause: ${finding.cause}\nremedy: ${finding.remedy}\n${many}${more}`,
      ),
    );
  }
  const found = new Set(report.reports.flatMap((it) => it.findings));
  for (const { ok, follows, expectation, example } of report.verdict?.expectations ?? []) {
    if (ok || follows || (example.finding && found.has(example.finding))) continue;
    lines.error.push(
      command(
        "error",
        {
          ...(expectedFile ? { file: expectedFile, line: example.line } : {}),
          title: `expected: ${expectation}`,
        },
        `seen: ${example.seen}`,
      ),
    );
  }
  return Object.values(lines)
    .flatMap((all) =>
      all.length > perLevel
        ? [
            ...all.slice(0, perLevel - 1),
            command(
              all[0]?.startsWith("::error") ? "error" : "warning",
              { title: "trace check" },
              `${all.length - perLevel + 1} more findings of this level; see the log`,
            ),
          ]
        : all,
    )
    .join("\n");
}

function place(
  report: CheckReport,
  finding: Finding,
  file: string | undefined,
): { file?: string; line?: number | undefined } {
  const item = report.verdict?.items.find((it) => it.finding === finding && it.path !== "findings");
  return file && item?.line ? { file, line: item.line } : {};
}

/** A workflow command; escapes are those of GitHub's toolkit (actions/toolkit, core, command.ts). */
function command(
  level: string,
  properties: Record<string, string | number | undefined>,
  message: string,
): string {
  const said = Object.entries(properties)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${escapeProperty(String(value))}`)
    .join(",");
  return `::${level}${said ? ` ${said}` : ""}::${escapeData(message)}`;
}

function escapeData(text: string): string {
  return printableLines(text).replaceAll("%", "%25").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
