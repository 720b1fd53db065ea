import { type HopRole, hopRoles } from "./hop.ts";
import type { ModesResult } from "./modes.ts";
import { isMoreThanNoise, type ModeCost } from "./modes-result.ts";
import type { Estimate } from "./statistics.ts";

/** What the parts of a role are together. */
const plural: Record<HopRole, string> = {
  app: "applications",
  client: "client sides",
  proxy: "proxies",
  network: "legs between",
  waiting: "waiting",
  mixed: "not told apart",
};

/** What the mesh costs, as text. */
export function renderModes(result: ModesResult): string {
  const [baseline] = result.modes;
  const roles = hopRoles.filter((role) =>
    result.modes.some((mode) => mode.roles.some((it) => it.role === role)),
  );
  const lines = [
    `${result.rpc} (${result.protocol}): ${result.rounds} rounds of one call in each mode, interleaved at ` +
      `${result.askedRate}/s in a random order (seed ${result.seed})${result.interrupted ? "  (interrupted)" : ""}`,
    "medians in milliseconds, with 95 % bootstrap intervals over rounds",
    "",
    row("mode", "proxies", "client's clock", "spans", "in no span"),
    ...result.modes.map((it) =>
      row(it.mode, String(it.proxies), interval(it.clockMs), interval(it.spansMs), interval(it.outsideMs)),
    ),
    "",
    row("of the spans", "", ...roles.map((it) => plural[it])),
    ...result.modes.map((mode) =>
      row(mode.mode, "", ...roles.map((role) => interval(mode.roles.find((it) => it.role === role)?.ms))),
    ),
    "",
    `what the proxies cost, over ${baseline?.mode ?? "nothing"}`,
    row("mode", "proxies", "client's clock", "spans", "they differ by"),
    ...result.costs.map((it) =>
      row(
        it.mode,
        String(it.proxies),
        interval(it.clockMs),
        interval(it.spansMs),
        interval(it.disagreementMs),
      ),
    ),
    ...result.costs
      .filter((it) => it.proxies > 1)
      .map((it) =>
        row(
          "  each",
          "1",
          (it.clockMs.value / it.proxies).toFixed(2),
          (it.spansMs.value / it.proxies).toFixed(2),
          "",
        ),
      ),
    "",
    ...result.costs.map(judgement),
    ...result.modes
      .toReversed()
      .flatMap((mode) => [
        "",
        `per hop, ${mode.mode}`,
        ...mode.parts.map(
          (it) => `  ${it.name.padEnd(48)}${it.role.padEnd(9)}${interval(it.ms).padStart(22)}`,
        ),
      ]),
  ];
  const notes = notesOn(result);
  return [...lines, ...(notes.length > 0 ? ["", ...notes] : [])].join("\n");
}

function judgement(cost: ModeCost): string {
  if (!isMoreThanNoise(cost.clockMs)) {
    return `  ${cost.mode}: the cost is within the noise; more --rounds narrow it`;
  }
  if (!cost.disagrees) {
    return `  ${cost.mode}: clock and spans agree`;
  }
  const { value } = cost.disagreementMs;
  return value > 0
    ? `  ${cost.mode}: they disagree: ${value.toFixed(2)} ms of the cost on the client's clock are in no span, so they lie ` +
        "between the client and the first hop's span"
    : `  ${cost.mode}: they disagree: the spans show ${(-value).toFixed(2)} ms more than the client's clock; what a service does ` +
        "before its SERVER span begins counts as a leg behind a proxy, and as nothing where no proxy stands before it";
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

function row(...[mode = "", proxies = "", ...figures]: string[]): string {
  return `  ${mode.padEnd(12)}${proxies.padStart(8)}${figures.map((it) => it.padStart(22)).join("")}`.trimEnd();
}

function interval(estimate: Estimate | undefined): string {
  if (estimate === undefined) {
    return "-";
  }
  const { value, low, high } = estimate;
  return `${value.toFixed(2)} [${low?.toFixed(2) ?? "?"}, ${high?.toFixed(2) ?? "?"}]`;
}
