import { styleText } from "node:util";
import { duration, interval, percent, printable, roleStyle } from "./format.ts";
import type { HopRole } from "./hop.ts";
import type { Line, SampleReport } from "./report.ts";

/** How text is drawn. */
export type TextStyle = { color: boolean; width: number };

/** The narrowest that tables are drawn, in characters. */
const narrowest = 60;

/** How much room a role's mark and name take, in characters. */
const roleWidth = 10;

/** A bar with less room than this is not worth a line that is not broken, in characters. */
const shortestBar = 8;

/** Draws what is known of a set of traces: the roles, the hops, the slowest traces, and what was odd. */
export function renderSample(report: SampleReport, style: TextStyle): string {
  const { traces, spans, total } = report;
  const one = traces === 1;
  const head = one
    ? `1 trace, ${spans} spans, ${duration(total.mean.value)} end to end`
    : `${traces} traces, ${spans} spans, end to end ${duration(total.mean.value)} on average (${interval(total.mean)}), p50 ${duration(total.p50.value)}, p90 ${duration(total.p90.value)}, p99 ${duration(total.p99.value)}`;
  return [
    ...wrap(head, style.width),
    "",
    stackedBar(report.roles, style),
    "",
    ...table(report.roles, report, style, false),
    "",
    ...table(report.hops, report, style, true),
    ...(one ? [] : ["", ...slowest(report)]),
    ...notes(report).flatMap((it) => ["", ...wrap(it, style.width)]),
  ].join("\n");
}

function paint(role: HopRole, text: string, { color }: TextStyle): string {
  return color ? styleText(roleStyle[role].color, text, { validateStream: false }) : text;
}

/** One bar over the whole width, a piece for each role. */
function stackedBar(roles: Line[], style: TextStyle): string {
  const width = Math.max(style.width, narrowest) - 2;
  let drawn = 0;
  let share = 0;
  const pieces = roles.map(({ role, share: { value } }) => {
    share += value;
    const length = Math.round(share * width) - drawn;
    drawn += length;
    return paint(role, roleStyle[role].fill.repeat(length), style);
  });
  return `▕${pieces.join("")}${" ".repeat(Math.max(width - drawn, 0))}▏`;
}

function table(lines: Line[], report: SampleReport, style: TextStyle, hops: boolean): string[] {
  const many = report.traces > 1;
  const columns: [string, (it: Line) => string][] = many
    ? [
        ["n", (it) => `${it.count}`],
        ["mean", (it) => duration(it.mean.value)],
        ["p50", (it) => duration(it.p50.value)],
        ["p90", (it) => duration(it.p90.value)],
        ["p99", (it) => duration(it.p99.value)],
        ["share", (it) => percent(it.share.value)],
      ]
    : [
        ["time", (it) => duration(it.mean.value)],
        ["share", (it) => percent(it.share.value)],
      ];
  const cells = lines.map((it) => columns.map(([, cell]) => cell(it)));
  const widths = columns.map(([name], i) => Math.max(name.length, ...cells.map((it) => it[i]?.length ?? 0)));
  const width = Math.max(style.width, narrowest);
  const figures = widths.reduce((sum, it) => sum + it + 2, 0);
  const labels = lines.map((it) => (hops ? printable(it.label) : roleStyle[it.role].words));
  const wanted = Math.max(...labels.map((it) => it.length), 0);
  // A label that leaves no room for the figures gets a line of its own.
  const folded = roleWidth + wanted + figures + 2 + shortestBar > width;
  const labelWidth = folded ? 0 : wanted;
  const barWidth = Math.max(width - roleWidth - labelWidth - figures - 2, 0);
  const largest = Math.max(...lines.map((it) => it.share.value), Number.MIN_VALUE);
  const pad = " ".repeat(roleWidth + labelWidth);
  return [
    `${pad}${columns.map(([name], i) => `  ${name.padStart(widths[i] as number)}`).join("")}`,
    ...lines.flatMap((it, row) => {
      const { mark, fill } = roleStyle[it.role];
      const label = labels[row] as string;
      const name = `${mark} ${it.role.padEnd(roleWidth - 2)}${folded ? shorten(label, width - roleWidth) : label.padEnd(labelWidth)}`;
      const figure = (cells[row] as string[]).map((cell, i) => `  ${cell.padStart(widths[i] as number)}`);
      const bar = paint(it.role, fill.repeat(Math.round((it.share.value / largest) * barWidth)), style);
      const tail = `${figure.join("")}  ${bar}`.trimEnd();
      return folded
        ? [paint(it.role, name, style), `${pad}${tail}`]
        : [`${paint(it.role, name, style)}${tail}`];
    }),
  ];
}

/** Cuts the middle out of a text that is too long. */
export function shorten(text: string, width: number): string {
  if (text.length <= width) {
    return text;
  }
  const head = Math.ceil((width - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (width - 1 - head))}`;
}

function slowest(report: SampleReport): string[] {
  return [
    "the slowest traces:",
    ...report.slowest.slice(0, 5).map((it) => `  ${it.traceId}  ${duration(it.totalNs)}`),
  ];
}

/** What the figures alone do not tell. */
function notes({ notes: it }: SampleReport): string[] {
  return [
    ...(it.detached > 0
      ? [
          `${it.detached} ${spans(it.detached)} below another root or a missing parent took no part: \`lab check\` tells where the trace breaks.`,
        ]
      : []),
    ...(it.asynchronous > 0
      ? [
          `${it.asynchronous} ${it.asynchronous === 1 ? "call" : "calls"} that nobody waited for took no share.`,
        ]
      : []),
    ...(it.excessNs > 0
      ? [
          `Answers took ${duration(it.excessNs)} longer than the calls that they answer; those legs count as 0.`,
        ]
      : []),
    ...(it.outlivedNs > 0
      ? [`Calls went on for ${duration(it.outlivedNs)} after those who asked had stopped waiting.`]
      : []),
    ...(it.negative > 0
      ? [`${it.negative} ${spans(it.negative)} that end before they start count as 0.`]
      : []),
  ];
}

function spans(count: number): string {
  return count === 1 ? "span" : "spans";
}

/** Breaks a text into lines between words. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}
