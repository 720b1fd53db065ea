import { printable, textTable, wrap } from "@envoy-mesh-lab/trace";
import { roleStyle } from "./format.ts";
import type { HopRole } from "./hop.ts";
import { hopRoles } from "./hop.ts";
import type { ModeCost, ModesResult, PartFigures } from "./modes-result.ts";
import { isMoreThanNoise } from "./modes-result.ts";
import type { Estimate } from "./statistics.ts";

/** What the parts of a role are together. */
const plural: Record<HopRole, string> = {
  app: "applications",
  client: "client sides",
  proxy: "proxies' own time",
  network: "legs between",
  waiting: "waiting",
  mixed: "proxy and network",
  unknown: "unknown",
};

/** A line of a table: its name, and a cell for each column. */
type Row = [label: string, ...cells: string[]];

/**
 * What the mesh costs, as text: the answer first, then what it was taken from.
 *
 * @param width in characters.
 */
export function renderModes(result: ModesResult, width: number): string {
  const notes = notesOn(result);
  return [
    ...wrap(
      `${result.rpc} (${result.protocol}): ${result.rounds} rounds of one call in each mode, interleaved at ` +
        `${result.askedRate}/s in a random order (seed ${result.seed})${result.interrupted ? " (interrupted)" : ""}. ` +
        "Medians in milliseconds, with 95 % intervals over rounds.",
      width,
    ),
    ...(result.costs.length > 0 ? ["", ...costLines(result, width)] : []),
    "",
    "what a call took",
    ...table(
      result.modes.map((it) => it.mode),
      [
        ["proxies passed", ...result.modes.map((it) => `${it.proxies}`)],
        ["client's clock", ...result.modes.map((it) => interval(it.clockMs))],
        ["spans", ...result.modes.map((it) => interval(it.spansMs))],
        ...roleRows(result.modes),
        ["in no span", ...result.modes.map((it) => interval(it.outsideMs))],
      ],
    ),
    "",
    ...hopLines(result, width),
    ...(notes.length > 0 ? ["", ...notes.flatMap((it) => wrap(it, width))] : []),
  ].join("\n");
}

function costLines({ costs }: ModesResult, width: number): string[] {
  const ofEach = (key: "clockMs" | "spansMs") => costs.map((it) => interval(it.perProxy[key]));
  return [
    "what the proxies cost: more than a call past none of them takes",
    ...table(
      costs.map((it) => it.mode),
      [
        ["proxies passed", ...costs.map((it) => `${it.proxies}`)],
        ["client's clock", ...costs.map((it) => interval(it.clockMs))],
        ["  for each proxy", ...ofEach("clockMs")],
        ["spans", ...costs.map((it) => interval(it.spansMs))],
        ["  for each proxy", ...ofEach("spansMs")],
        ...roleRows(costs),
        ["clock less spans", ...costs.map((it) => interval(it.disagreementMs))],
      ],
    ),
    ...costs.flatMap((it) => wrap(judgement(it), width - 2).map((line) => `  ${line}`)),
  ];
}

function roleRows(columns: readonly { roles: readonly { role: HopRole; ms: Estimate }[] }[]): Row[] {
  return hopRoles
    .filter((role) => columns.some((it) => it.roles.some((of) => of.role === role)))
    .map((role) => [
      `  ${plural[role]}`,
      ...columns.map((it) => interval(it.roles.find((of) => of.role === role)?.ms)),
    ]);
}

/** Every hop once, with what it took in each mode; with intervals where they fit. */
function hopLines({ modes }: ModesResult, width: number): string[] {
  const hops = inOrder(modes.map((it) => it.parts));
  const lines = (cell: (of: Estimate | undefined) => string) =>
    table(
      modes.map((it) => it.mode),
      hops.map(({ name, role }) => [
        `${roleStyle[role].mark} ${printable(name)}`,
        ...modes.map((it) => cell(it.parts.find((of) => of.name === name && of.role === role)?.ms)),
      ]),
    );
  const wide = lines(interval);
  const roles = hopRoles.filter((role) => hops.some((it) => it.role === role));
  return [
    `per hop, from the spans: ${roles.map((it) => `${roleStyle[it].mark} ${it}`).join(", ")}`,
    ...(wide.every((it) => it.length <= width)
      ? wide
      : lines((it) => (it === undefined ? "-" : digits(it.value)))),
  ];
}

/** The hops of all modes, those of the longest way first: a hop that it lacks stands behind the one before it. */
function inOrder(ways: readonly (readonly PartFigures[])[]): PartFigures[] {
  const ordered: PartFigures[] = [];
  for (const way of ways.toSorted((a, b) => b.length - a.length)) {
    let at = -1;
    for (const hop of way) {
      const known = ordered.findIndex((it) => it.name === hop.name && it.role === hop.role);
      at = known >= 0 ? known : at + 1;
      if (known < 0) ordered.splice(at, 0, hop);
    }
  }
  return ordered;
}

function judgement(cost: ModeCost): string {
  if (!isMoreThanNoise(cost.clockMs)) {
    return `${cost.mode}: the cost is within the noise; more --rounds narrow it`;
  }
  if (!cost.disagrees) {
    return `${cost.mode}: clock and spans agree`;
  }
  const { value } = cost.disagreementMs;
  return value > 0
    ? `${cost.mode}: ${digits(value)} ms of the cost on the client's clock are in no span: they lie between the client ` +
        "and the first hop's span"
    : `${cost.mode}: the spans show ${digits(-value)} ms more than the client's clock. What a service does before its ` +
        "SERVER span begins is part of the leg to it where a proxy stands before it, and in no span where none does, as " +
        "in the baseline. The clock says what callers wait for, the spans say where.";
}

function notesOn(result: ModesResult): string[] {
  return [
    ...result.costs
      .filter((it) => it.drifts)
      .map(
        ({ mode, halvesMs: [first, second] }) =>
          `note: the cost of ${mode} changed while it was measured, from ${interval(first)} in the first half to ` +
          `${interval(second)} in the second: a process was still warming up, or the machine got busy; run it again`,
      ),
    ...(result.failed > 0
      ? [`note: ${result.failed} of ${result.calls} calls failed; their rounds are left out`]
      : []),
    ...(result.incomplete > 0
      ? [`note: ${result.incomplete} traces are not whole in Tempo; their rounds are left out`]
      : []),
    ...(result.heldBack > result.calls / 10
      ? [
          `note: ${result.heldBack} of ${result.calls} calls waited for the one before; a lower --rate gives each its time`,
        ]
      : []),
  ];
}

/** A table with its heads; each column is as wide as its widest cell. */
function table(heads: readonly string[], rows: readonly Row[]): string[] {
  return textTable([["", ...heads], ...rows], ["left", "right"]).map((line) => `  ${line}`.trimEnd());
}

function interval(estimate: Estimate | undefined): string {
  if (estimate === undefined) {
    return "-";
  }
  const bound = (it: number | undefined) => (it === undefined ? "?" : digits(it));
  return `${digits(estimate.value)} [${bound(estimate.low)}, ${bound(estimate.high)}]`;
}

/** Milliseconds, with two digits behind the point as long as they say something. */
function digits(ms: number): string {
  const size = Math.abs(ms);
  const text = ms.toFixed(size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
  return text === "-0.00" ? "0.00" : text;
}
