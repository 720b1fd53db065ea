import { textTable, wrap } from "@envoy-mesh-lab/trace";
import type { Distribution } from "./histogram.ts";
import { notesOn } from "./notes.ts";
import type { LoadReport } from "./report.ts";

/** What a load was, for its heading. */
export interface LoadTitle {
  readonly rpc: string;
  readonly protocol: string;
  readonly via: string;
  readonly url: string;
}

const columns = ["mean", "p50", "p90", "p99", "p999", "max"] as const;
const heads = { mean: "mean", p50: "p50", p90: "p90", p99: "p99", p999: "p99.9", max: "max" } as const;

/** How far all but the heading is moved in. */
const indent = "  ";

/**
 * The result of a load as text.
 *
 * @param width in characters; the table needs 80.
 */
export function renderLoad(title: LoadTitle, report: LoadReport, width: number): string {
  const { latencyMs, serviceTimeMs, lagMs, generatorLagMs, slowest } = report;
  const errors = Object.entries(report.errors).sort(([, a], [, b]) => b - a);
  const failed = errors.reduce((sum, [, count]) => sum + count, 0);
  const indented = (text: string) => wrap(text, width - indent.length).map((line) => `${indent}${line}`);
  const lines = [
    ...wrap(
      `${title.rpc} (${title.protocol}) via ${title.via}, ${title.url}${report.interrupted ? " (interrupted)" : ""}`,
      width,
    ),
    `  ${report.sent} of ${report.planned} calls sent in ${(report.elapsedMs / 1000).toFixed(1)} s: ` +
      `${report.achievedRate.toFixed(1)}/s, asked for ${report.askedRate}/s`,
    ...indented(
      `${report.ok} ok, ${failed} failed${errors.length > 0 ? `: ${errors.map(([code, count]) => `${count} ${code}`).join(", ")}` : ""}`,
    ),
  ];
  if (latencyMs && serviceTimeMs && lagMs && generatorLagMs) {
    lines.push(
      "",
      ...textTable(
        [
          ["milliseconds", ...columns.map((it) => heads[it])],
          row("latency, from when due", latencyMs),
          row("service time, from start", serviceTimeMs),
          row("lag, from due to start", lagMs),
          row("  the generator's own", generatorLagMs),
        ],
        ["left", "right"],
      ).map((line) => `${indent}${line}`),
      "",
      "  slowest",
      ...textTable(
        slowest.map((it) => [
          `${it.latencyMs.toFixed(2)} ms`,
          it.code,
          `trace ${it.traceId ?? "unknown: no answer came"}`,
        ]),
        ["right", "left"],
      ).map((line) => `${indent}${line}`.trimEnd()),
    );
  }
  const notes = notesOn(report);
  return [
    ...lines,
    ...(notes.length > 0 ? ["", ...notes.flatMap((it) => indented(`note: ${it.message}`))] : []),
  ].join("\n");
}

function row(name: string, distribution: Distribution): string[] {
  return [name, ...columns.map((it) => distribution[it].toFixed(2))];
}
