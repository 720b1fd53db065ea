import { escapeMarkup, htmlPage } from "@envoy-mesh-lab/trace";
import type { Exercise } from "./exercise.ts";
import type { Attempt, Progress } from "./progress.ts";

/** What a learner's report says of one exercise. */
export interface ReportEntry {
  number: number;
  name: string;
  title: string;
  level: number;
  state: "passed" | "started" | "untouched";
  startedAt?: string;
  passedAt?: string;
  checks: number;
  hintsShown: number;
  solutionShown: boolean;
  /** The attempt that passed first of those that are kept, else the last one. */
  attempt?: Attempt;
}

/** A learner's results. Fields are added, never renamed. */
export interface Report {
  version: 1;
  learner?: string;
  madeAt: string;
  /** How it was graded, in words. */
  gradedBy: string;
  passed: number;
  of: number;
  exercises: ReportEntry[];
}

/** Puts a learner's results together. */
export function toReport(
  exercises: readonly Pick<Exercise, "number" | "name" | "title" | "level">[],
  progress: Progress,
  { learner, now }: { learner?: string | undefined; now: Date },
): Report {
  const entries = exercises.map(({ number, name, title, level }): ReportEntry => {
    const entry = progress.exercises[name];
    const attempt = entry?.attempts.find((it) => it.ok) ?? entry?.attempts.at(-1);
    return {
      number,
      name,
      title,
      level,
      state: entry?.passedAt ? "passed" : entry ? "started" : "untouched",
      ...(entry ? { startedAt: entry.startedAt } : {}),
      ...(entry?.passedAt ? { passedAt: entry.passedAt } : {}),
      checks: entry?.attemptCount ?? 0,
      hintsShown: entry?.hintsShown ?? 0,
      solutionShown: entry?.solutionShown ?? false,
      ...(attempt ? { attempt } : {}),
    };
  });
  return {
    version: 1,
    ...(learner ? { learner } : {}),
    madeAt: now.toISOString(),
    gradedBy:
      "Graded by traces: calls were made through a running mesh, and their traces, named here by their ids, were read back from Tempo and compared with what each exercise expects.",
    passed: entries.filter((it) => it.state === "passed").length,
    of: entries.length,
    exercises: entries,
  };
}

/**
 * The report as a page of its own: no script, nothing that is loaded from elsewhere.
 *
 * @param urlOf the address of a trace; without it, traces are named by their ids only.
 */
export function toHtml(report: Report, urlOf?: (traceId: string) => string): string {
  const { learner, madeAt, gradedBy, passed, of } = report;
  const title = `Envoy Mesh Lab: ${learner ? `${learner}'s exercises` : "exercises"}`;
  const body = `<h1>${escapeMarkup(title)}</h1>
<p><strong>${passed} of ${of} passed.</strong> ${escapeMarkup(gradedBy)}</p>
<table>
<thead><tr><th>#</th><th>Exercise</th><th>State</th><th>Checks</th><th>Help</th><th>Graded</th></tr></thead>
<tbody>
${report.exercises.map((it) => row(it, urlOf)).join("\n")}
</tbody>
</table>
<p><small>Made ${escapeMarkup(madeAt)}.${urlOf ? " Links to traces work on the machine that this was made on, while its mesh runs and keeps them." : ""}</small></p>`;
  return htmlPage({ title, style, body });
}

const style = `
  :root { color-scheme: light dark }
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
  table { border-collapse: collapse; width: 100% }
  th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid #8886 }
  code { font-size: .85em; overflow-wrap: anywhere }
  .passed { font-weight: 600 }
  small { opacity: .8 }
`;

type UrlOf = ((traceId: string) => string) | undefined;

function row(it: ReportEntry, urlOf: UrlOf): string {
  const help = [
    ...(it.hintsShown > 0 ? [`${it.hintsShown} ${it.hintsShown === 1 ? "hint" : "hints"}`] : []),
    ...(it.solutionShown ? ["solution shown"] : []),
  ];
  const state = { passed: "✔ passed", started: "… started", untouched: "" }[it.state];
  return `<tr><td>${it.number}</td><td>${escapeMarkup(it.title)}<br><small>${escapeMarkup(it.name)}</small></td><td class="${it.state}">${state}${it.passedAt ? `<br><small>${escapeMarkup(it.passedAt)}</small>` : ""}</td><td>${it.checks || ""}</td><td>${help.join(", ") || (it.state === "untouched" ? "" : "none")}</td><td>${it.attempt ? graded(it.attempt, urlOf) : ""}</td></tr>`;
}

function graded({ at, checks, versions }: Attempt, urlOf: UrlOf): string {
  const linked = (id: string) => {
    const code = `<code>${escapeMarkup(id)}</code>`;
    return urlOf ? `<a href="${escapeMarkup(urlOf(id))}">${code}</a>` : code;
  };
  const ids = checks.flatMap((it) => it.traceIds);
  const programs = Object.entries(versions).map(([program, version]) => `${program} ${version}`);
  const missed = checks.flatMap((check) => check.missed.map((it) => `${it.expectation}: ${it.seen}`));
  return [
    `<details><summary>${escapeMarkup(at)}, ${ids.length} ${ids.length === 1 ? "trace" : "traces"}</summary>`,
    `<p>${checks.map((it) => escapeMarkup(`${it.ok ? "✔" : "✘"} ${it.name}: ${it.met} of ${it.of}`)).join("<br>")}</p>`,
    missed.length > 0 ? `<ul>${missed.map((it) => `<li>${escapeMarkup(it)}</li>`).join("")}</ul>` : "",
    `<p>${ids.map(linked).join("<br>")}</p>`,
    `<p><small>${escapeMarkup(programs.join(", "))}</small></p></details>`,
  ].join("");
}
