import { duration, printable, wrap } from "@envoy-mesh-lab/trace";
import type { Explanation, Stretch, View, WithoutShare } from "./explain.ts";
import { roleStyle } from "./format.ts";
import { pathRules } from "./rules.ts";
import type { TextStyle } from "./text-table.ts";
import { paint } from "./text-table.ts";

/** Stretches and spans beyond so many are reported by --json only. */
const rowsShown = 200;

const reasons: Record<WithoutShare["why"], string> = {
  outlasted: "outlasted: a parallel call of the same caller returned later",
  "not-waited-for": "not waited for: it went on after its caller, or a message started it",
  detached: "detached: below another root or a missing parent",
};

/** Draws who got each stretch of a trace's time, by which span and by which rule. */
export function renderExplanation(explanation: Explanation, style: TextStyle): string {
  const { traceId, answer, last, withoutShare } = explanation;
  const rules = new Set([...answer.stretches, ...(last?.stretches ?? [])].map((it) => it.rule));
  return [
    ...wrap(
      `trace ${traceId}, stretch by stretch, until the answer: ${duration(answer.totalNs)}`,
      style.width,
    ),
    "",
    ...stretches(answer, style),
    ...(last === undefined
      ? []
      : ["", `until the last span: ${duration(last.totalNs)}`, "", ...stretches(last, style)]),
    "",
    "the rules (docs/comparing-traces.md shows each with a picture):",
    ...[...rules].sort().flatMap((it) => indented(`${it}: ${pathRules[it]}`, style)),
    ...(withoutShare.length === 0 ? [] : ["", ...without(withoutShare, style)]),
  ].join("\n");
}

function stretches({ stretches: all }: View, style: TextStyle): string[] {
  const shown = all.slice(0, rowsShown);
  const rows = shown.map((it) => [duration(it.from), duration(it.to), duration(it.to - it.from), it.rule]);
  const widths = ["from", "to", "took", "rule"].map((head, i) =>
    Math.max(head.length, ...rows.map((row) => (row[i] as string).length)),
  ) as [number, number, number, number];
  const line = ([from, to, took, rule]: string[], rest: string) =>
    `${(from as string).padStart(widths[0])}  ${(to as string).padStart(widths[1])}  ${(took as string).padStart(widths[2])}  ${(rule as string).padEnd(widths[3])}  ${rest}`;
  const room = widths.reduce((sum, it) => sum + it + 2, 0);
  return [
    line(["from", "to", "took", "rule"], "whose time, and by which span"),
    ...rows.flatMap((row, i) => {
      const it = shown[i] as Stretch;
      const { mark } = roleStyle[it.role];
      const whose = printable(`${mark} ${it.role} ${it.label}`);
      const by = printable(`${it.span} "${it.name}" ${it.spanId}`);
      return [
        paint(it.role, line(row, whose), style),
        ...wrap(by, Math.max(style.width - room, 20)).map((text) => `${" ".repeat(room)}${text}`),
      ];
    }),
    ...rest(all.length),
  ];
}

function without(all: WithoutShare[], style: TextStyle): string[] {
  const shown = all.slice(0, rowsShown);
  const kinds = new Set(shown.map((it) => it.why));
  return [
    "what takes no share:",
    ...shown.flatMap((it) =>
      indented(
        printable(`${duration(it.ns)} ${it.why.replaceAll("-", " ")}: ${it.span} "${it.name}" ${it.spanId}`),
        style,
      ),
    ),
    ...rest(all.length),
    ...[...kinds].flatMap((it) => indented(`(${reasons[it]})`, style)),
  ];
}

function rest(count: number): string[] {
  return count > rowsShown ? [`  … and ${count - rowsShown} more: --json tells all of them`] : [];
}

function indented(text: string, { width }: TextStyle): string[] {
  return wrap(text, width - 2).map((it) => `  ${it}`);
}
