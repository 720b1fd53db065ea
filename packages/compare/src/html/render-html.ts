import type { Cell } from "@envoy-mesh-lab/trace";
import {
  cards as cardList,
  details,
  duration,
  escapeMarkup,
  figure as figureOf,
  reportPage,
  swatch,
  table,
} from "@envoy-mesh-lab/trace";
import type { Detail } from "../decompose.ts";
import { interval, percent, roleStyle, rolesIn } from "../format.ts";
import type { HopRole } from "../hop.ts";
import { mixturesOf, notesOf } from "../notes.ts";
import type { CompareReport, Line, SampleReport } from "../report.ts";
import { pathRules } from "../rules.ts";
import type { Frame } from "../sample.ts";
import type { Summary } from "../statistics.ts";
import type { NamedSample } from "./pictures.ts";
import {
  cumulativePicture,
  differencesPicture,
  hopsPicture,
  spreadPicture,
  stackedPicture,
} from "./pictures.ts";
import type { Picture } from "./svg.ts";
import { renderSvg } from "./svg.ts";
import { rowsAtMost, waterfall } from "./waterfall.ts";
import { waterfallPicture } from "./waterfall-picture.ts";

/** What a page is made of. */
export interface HtmlInput {
  report: CompareReport;
  /** The figures behind the report, for the distributions. */
  frames: { a: Frame; b?: Frame };
  /** The trace to draw. */
  drawn: Detail;
}

/** More bars than this do not fit beside each other. */
const groupsDrawn = 12;

/** Draws a report as one HTML page that loads nothing and runs no script. */
export function renderHtml({ report, frames, drawn }: HtmlInput): string {
  const { a, b, groups } = report;
  const sets: NamedSample[] = [
    { name: b ? "A" : "all", report: a },
    ...(b ? [{ name: "B", report: b }] : []),
    ...(groups ?? []).slice(0, groupsDrawn).map((it) => ({ name: it.value, report: it })),
  ];
  const title = b ? "Where the time goes: A against B" : "Where the time goes: app, proxy or network";
  return reportPage(
    title,
    [
      `<h1>${escapeMarkup(title)}</h1>`,
      `<p class="soft source">${b ? "A: " : ""}${escapeMarkup(a.source)}${b ? `<br>B: ${escapeMarkup(b.source)}` : ""}</p>`,
      cards(a, b ? "A" : ""),
      ...(b ? [cards(b, "B")] : []),
      "<h2>By role and by hop</h2>",
      legend(sets.flatMap((it) => it.report.roles.map((role) => role.role))),
      figure(stackedPicture("roles", sets, "roles"), "Mean time of a trace, by role."),
      figure(
        stackedPicture("stack", sets, "hops"),
        "The same by hop, in the order of the calls; colours tell the role.",
      ),
      ...grouped(report),
      ...differences(report),
      `<h2>${b ? "A: each hop" : "Each hop"}</h2>`,
      figure(
        hopsPicture("hops", a.hops),
        a.traces > 1
          ? "Mean over all traces, 0 where the hop does not occur; the strokes are 95 % bootstrap intervals."
          : "The time that the trace spent at each hop.",
      ),
      linesTable("Times of each role and hop", [...a.roles, ...a.hops], a.total),
      ...(b
        ? [
            `<h2>B: each hop</h2>`,
            linesTable("Times of each role and hop in B", [...b.roles, ...b.hops], b.total),
          ]
        : []),
      ...afterAnswer(a, b ? "A" : ""),
      ...(b ? afterAnswer(b, "B") : []),
      ...distributions(frames, a),
      ...trace(drawn),
      ...explained(report),
      ...slowest(a),
      ...oddities(report),
      `<h2>How to read this</h2><p class="soft">Each trace's end-to-end time is divided among the hops on its critical path, without remainder. Times of different clocks are never compared: a leg is the caller's duration minus the answerer's. n is the number of traces in which a hop occurs; mean and percentiles are over those.</p>`,
    ].join("\n"),
  );
}

function grouped({ by, groups = [] }: CompareReport): string[] {
  if (by === undefined) {
    return [];
  }
  const rest = groups.length - groupsDrawn;
  const more =
    rest > 0
      ? ` The ${groupsDrawn} values that take the most time are drawn; --json and --csv tell the ${rest} others too.`
      : "";
  return [`<p class="soft">Grouped by ${escapeMarkup(by)}.${more}</p>`];
}

function oddities({ a, b }: CompareReport): string[] {
  const told = (it: SampleReport) => [...mixturesOf(it), ...notesOf(it)];
  const notes = b ? [...told(a).map((it) => `A: ${it}`), ...told(b).map((it) => `B: ${it}`)] : told(a);
  return notes.length === 0
    ? []
    : [
        "<h2>What the figures do not show</h2>",
        `<ul class="notes">${notes.map((it) => `<li>${escapeMarkup(it)}</li>`).join("")}</ul>`,
      ];
}

function cards({ traces, spans, total }: SampleReport, name: string): string {
  const items: [string, string][] = [
    ["traces", `${traces}`],
    ["spans", `${spans}`],
    [traces > 1 ? "mean end to end" : "end to end", duration(total.mean.value)],
    ...(traces > 1
      ? ([
          ["p50", duration(total.p50.value)],
          ["p90", duration(total.p90.value)],
          ["p99", duration(total.p99.value)],
        ] satisfies [string, string][])
      : []),
  ];
  const lead = name === "" ? "" : `${name}: `;
  return cardList(items.map(([what, value]) => [lead + what, value]));
}

function figure(picture: Picture, caption: string): string {
  return figureOf(renderSvg(picture), caption);
}

function legend(roles: HopRole[]): string {
  return `<ul class="legend">${rolesIn(roles)
    .map((it) => `<li>${swatch(it)}<b>${it}</b> ${escapeMarkup(roleStyle[it].words)}</li>`)
    .join("")}</ul>`;
}

const left = (text: string, role?: string): Cell => ({
  text,
  left: true,
  ...(role === undefined ? {} : { role }),
});
const right = (text: string): Cell => ({ text });

function linesTable(caption: string, lines: Line[], total: Summary): string {
  const many = total.count > 1;
  const heads = many ? ["n", "mean", "95 % interval", "p50", "p90", "p99", "share"] : ["time", "share"];
  const cells = (it: Summary): Cell[] =>
    (many
      ? [
          `${it.count}`,
          duration(it.mean.value),
          interval(it.mean),
          duration(it.p50.value),
          duration(it.p90.value),
          duration(it.p99.value),
          percent(it.share.value),
        ]
      : [duration(it.mean.value), percent(it.share.value)]
    ).map(right);
  return table(
    caption,
    [left("role"), left("hop"), ...heads.map(right)],
    [
      [left(""), left("end to end"), ...cells(total)],
      ...lines.map((it) => [
        left(it.role, it.role),
        left(it.key === it.role ? `all ${it.role}` : it.label),
        ...cells(it),
      ]),
    ],
  );
}

function differences({ differences: list, structure }: CompareReport): string[] {
  if (list === undefined || structure === undefined) {
    return [];
  }
  const below = (parties: string[]) => parties.map((it) => it || "nothing").join(", ");
  const changes = [
    ...structure.onlyInA.map((it) => [left("only in A"), left(it.party), left(below(it.below)), left("")]),
    ...structure.onlyInB.map((it) => [left("only in B"), left(it.party), left(""), left(below(it.below))]),
    ...structure.moved.map((it) => [left("moved"), left(it.party), left(below(it.from)), left(below(it.to))]),
  ];
  return [
    "<h2>What differs</h2>",
    figure(
      differencesPicture("differences", list),
      "Mean of B minus mean of A. Pale bars are no more than noise: a permutation test that holds each line against the largest of all (5 % in all).",
    ),
    table(
      "B minus A",
      [left("role"), left("hop"), ...["A", "B", "B - A", "95 % interval", "p", "verdict"].map(right)],
      list.map((it) => [
        left(it.role ?? "", it.role),
        left(it.of === "role" ? `all ${it.label}` : it.label),
        right(duration(it.a)),
        right(duration(it.b)),
        right(duration(it.difference.value)),
        right(interval(it.difference)),
        right(it.p === undefined ? "" : it.p.toFixed(3)),
        right(it.verdict),
      ]),
    ),
    changes.length === 0
      ? `<p class="soft">The structures are the same.</p>`
      : table(
          "Structure",
          [left("change"), left("spans of"), left("below, in A"), left("below, in B")],
          changes,
        ),
  ];
}

function afterAnswer({ untilLast, traces }: SampleReport, name: string): string[] {
  if (untilLast === undefined) {
    return [];
  }
  const lead = name === "" ? "" : `${name}: `;
  return [
    `<h2>${lead}Until the last span</h2>`,
    `<p class="soft">All other figures are until the answer: until the root span had ended. In ${untilLast.traces} of ${traces} ${traces === 1 ? "trace" : "traces"} work went on after it.</p>`,
    linesTable(
      "Times of each role and hop until the last span",
      [...untilLast.roles, ...untilLast.hops],
      untilLast.total,
    ),
  ];
}

function distributions({ a, b }: HtmlInput["frames"], report: SampleReport): string[] {
  if (a.traces < 2) {
    return [];
  }
  const sets = [{ name: b ? "A" : "all", totals: a.totals }, ...(b ? [{ name: "B", totals: b.totals }] : [])];
  return [
    "<h2>Distributions</h2>",
    figure(
      cumulativePicture("cumulative", sets),
      "Percent of the traces that took at most this long, end to end.",
    ),
    figure(
      spreadPicture("spread", a, report.hops),
      `The box holds the middle half of the traces, its stroke is the median, the whiskers reach from 5 to 95 of 100. Each step of the scale is ten times as long.${b ? " Of A." : ""}`,
    ),
  ];
}

function trace(drawn: Detail): string[] {
  const { decomposition, index } = drawn;
  const rows = waterfall(drawn);
  const folded = rows.reduce((sum, it) => sum + (it.alike ?? 0), 0);
  const rest = index.spans.length - rows.reduce((sum, it) => sum + (it.alike ?? 1), 0);
  return [
    `<h2>Trace ${escapeMarkup(decomposition.traceId)}</h2>`,
    `<p class="soft">Clocks that disagree are set right: a call on another clock stands in the middle of its caller.${
      folded > 0
        ? ` Spans beside each other that are alike, in what is below them too, are one line from the third on (${folded} of ${index.spans.length} spans).`
        : ""
    }${
      rest > 0
        ? ` Of ${index.spans.length} spans, ${rest} have no line of their own: they are below such a line, or are not among the ${rowsAtMost} longest lines.`
        : ""
    }</p>`,
    `<ul class="legend"><li>${swatch("app")}● made by an application</li><li>${swatch("proxy")}○ made by a proxy</li></ul>`,
    figure(
      waterfallPicture("waterfall", decomposition.traceId, rows, decomposition.totalNs),
      "Right: how long the span took, and how much of the end-to-end time is its own.",
    ),
    details(
      "The spans as a table",
      table(
        "Spans in the order of the calls",
        [left("made by"), left("span"), left("name"), ...["from", "took", "own"].map(right)],
        rows.map((it) => [
          left(it.role, it.role),
          left(it.label),
          left(`${it.name}${it.error ? " (error)" : ""}`),
          right(duration(it.from)),
          right(duration(it.duration)),
          right(duration(it.own)),
        ]),
      ),
    ),
  ];
}

/** More stretches than this are reported by --json only. */
const stretchesTold = 200;

/** Who got each stretch of the trace's time, where that was asked for. */
function explained({ explanation }: CompareReport): string[] {
  if (explanation === undefined) return [];
  const { traceId, answer, last } = explanation;
  const views = [
    { name: "until the answer", view: answer },
    ...(last ? [{ name: "until the last span", view: last }] : []),
  ];
  const rules = new Set(views.flatMap(({ view }) => view.stretches.map((it) => it.rule)));
  return [
    `<h2>Trace ${escapeMarkup(traceId)}, stretch by stretch</h2>`,
    ...views.map(({ name, view }) =>
      table(
        `${name}: ${duration(view.totalNs)}${view.stretches.length > stretchesTold ? `; the first ${stretchesTold} of ${view.stretches.length} stretches` : ""}`,
        [
          left("whose time"),
          left("hop"),
          left("by which span"),
          left("rule"),
          ...["from", "to", "took"].map(right),
        ],
        view.stretches
          .slice(0, stretchesTold)
          .map((it) => [
            left(it.role, it.role),
            left(it.label),
            left(`${it.span} "${it.name}" ${it.spanId}`),
            left(it.rule),
            right(duration(it.from)),
            right(duration(it.to)),
            right(duration(it.to - it.from)),
          ]),
      ),
    ),
    `<ul class="notes">${[...rules]
      .sort()
      .map((it) => `<li><b>${escapeMarkup(it)}</b>: ${escapeMarkup(pathRules[it])}</li>`)
      .join("")}</ul>`,
  ];
}

function slowest({ slowest: list, traces }: SampleReport): string[] {
  return traces < 2
    ? []
    : [
        "<h2>The slowest traces</h2>",
        table(
          "By their end-to-end time",
          [left("trace"), right("took")],
          list.map((it) => [left(it.traceId), right(duration(it.totalNs))]),
        ),
      ];
}
