import { escapeMarkup, htmlPage } from "@envoy-mesh-lab/trace";
import * as z from "zod";
import type { Exercise } from "./exercise.ts";
import type { Attempt, Progress } from "./progress.ts";
import { attempt } from "./progress.ts";
import { sealOf } from "./proof.ts";

const entry = z.object({
  number: z.number(),
  name: z.string(),
  title: z.string(),
  level: z.number(),
  state: z.enum(["passed", "started", "untouched"]),
  startedAt: z.string().optional(),
  passedAt: z.string().optional(),
  checks: z.number(),
  hintsShown: z.number(),
  solutionShown: z.boolean(),
  /** What was not as expected, and in how many of the attempts that are kept. */
  stumbled: z.array(z.object({ expectation: z.string(), attempts: z.number() })).default([]),
  /** The attempt that passed first of those that are kept, else the last one. */
  attempt: attempt.optional(),
});
/** What a learner's report says of one exercise. */
export type ReportEntry = z.infer<typeof entry>;

/** The shape of a learner's results. Fields are added, never renamed. */
export const reportSchema = z.object({
  version: z.literal(1),
  learner: z.string().optional(),
  madeAt: z.string(),
  /** How it was graded, in words. */
  gradedBy: z.string(),
  passed: z.number(),
  of: z.number(),
  exercises: z.array(entry),
  /** The class that it is for: the nonce that its teacher gave, and the seal made with it; see `sealOf`. */
  nonce: z.string().optional(),
  seal: z.string().optional(),
});
/** A learner's results. */
export type Report = z.infer<typeof reportSchema>;

/** Puts a learner's results together. */
export function toReport(
  exercises: readonly Pick<Exercise, "number" | "name" | "title" | "level">[],
  progress: Progress,
  { learner, now, nonce }: { learner?: string | undefined; now: Date; nonce?: string | undefined },
): Report {
  const entries = exercises.map(({ number, name, title, level }): ReportEntry => {
    const entry = progress.exercises[name];
    const shown = entry?.attempts.find((it) => it.ok) ?? entry?.attempts.at(-1);
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
      stumbled: stumbledOver(entry?.attempts ?? []),
      ...(shown ? { attempt: shown } : {}),
    };
  });
  const report: Report = {
    version: 1,
    ...(learner ? { learner } : {}),
    madeAt: now.toISOString(),
    gradedBy:
      "Graded by traces: calls were made through a running mesh, and their traces, named here by their ids, were read back from Tempo and compared with what each exercise expects.",
    passed: entries.filter((it) => it.state === "passed").length,
    of: entries.length,
    exercises: entries,
    ...(nonce ? { nonce } : {}),
  };
  return nonce ? { ...report, seal: sealOf(report, nonce) } : report;
}

/** How many of an exercise's expectations are reported, those that were missed most. */
const toldStumbles = 5;

function stumbledOver(attempts: readonly Attempt[]): ReportEntry["stumbled"] {
  const counts = new Map<string, number>();
  for (const { checks } of attempts) {
    for (const it of new Set(checks.flatMap(({ missed }) => missed.map(({ expectation }) => expectation))))
      counts.set(it, (counts.get(it) ?? 0) + 1);
  }
  return [...counts]
    .map(([expectation, attempts]) => ({ expectation, attempts }))
    .sort((a, b) => b.attempts - a.attempts)
    .slice(0, toldStumbles);
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
