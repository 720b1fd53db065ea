import { hashOfTraces, sealOf } from "./proof.ts";
import type { Report, ReportEntry } from "./report.ts";
import { reportSchema } from "./report.ts";

/** A file that may be a learner's report. */
export interface ReportFile {
  /** Its name, for messages. */
  readonly file: string;
  readonly text: string;
}

/** A report, and what speaks against it. */
export interface JudgedReport {
  readonly file: string;
  readonly learner: string;
  readonly report: Report;
  /** In words; empty where nothing was found, which is not the same as that nothing was done. */
  readonly doubts: string[];
}

/** How a class does in one exercise. */
export interface ClassColumn {
  readonly number: number;
  readonly title: string;
  readonly passed: number;
  readonly started: number;
  /** Of those who began: checks and hints, each in the middle. */
  readonly checks: number;
  readonly hints: number;
  /** How many looked at the solution. */
  readonly solutions: number;
  /** What was not as expected for the most learners. */
  readonly stumbles: { readonly expectation: string; readonly learners: number }[];
}

/** A class's reports beside each other. */
export interface Classroom {
  readonly learners: readonly JudgedReport[];
  readonly columns: readonly ClassColumn[];
  /** Files that are no report, and why. */
  readonly unread: readonly { readonly file: string; readonly why: string }[];
}

/** What a teacher knows of the class. */
export interface ClassOptions {
  /** The nonce that the class was given; without it, seals are only held against the nonce that each report names. */
  readonly nonce?: string | undefined;
  /** The hash of each exercise as the teacher has it, by its name. */
  readonly exercises: ReadonlyMap<string, string>;
}

/** Puts the reports of a class together, and says of each what speaks against it. */
export function toClassroom(files: readonly ReportFile[], options: ClassOptions): Classroom {
  const unread: { file: string; why: string }[] = [];
  const read = files.flatMap(({ file, text }) => {
    const parsed = parseReport(text);
    if (typeof parsed === "string") unread.push({ file, why: parsed });
    return typeof parsed === "string" ? [] : [{ file, ...parsed }];
  });
  const ownersOf = new Map<string, string[]>();
  for (const { file, report } of read) {
    for (const id of new Set(report.exercises.flatMap(traceIdsOf)))
      ownersOf.set(id, [...(ownersOf.get(id) ?? []), nameOf(report, file)]);
  }
  const learners = read.map(({ file, raw, report }) => {
    const learner = nameOf(report, file);
    const doubts = [...doubtsOf(report, raw, options), ...sharedWith(report, learner, ownersOf)];
    return { file, learner, report, doubts };
  });
  learners.sort((a, b) => a.learner.localeCompare(b.learner));
  return { learners, columns: columnsOf(learners.map(({ report }) => report)), unread };
}

function parseReport(text: string): { raw: object; report: Report } | string {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    return `it is no JSON: ${(error as Error).message}`;
  }
  const parsed = reportSchema.safeParse(raw);
  if (parsed.success) return { raw: raw as object, report: parsed.data };
  const [issue] = parsed.error.issues;
  return `it is no report: ${issue?.path.join(".") || "the whole"}: ${issue?.message}`;
}

function nameOf({ learner }: Report, file: string): string {
  return learner ?? file.replace(/^.*\//, "").replace(/\.json$/, "");
}

function traceIdsOf({ attempt }: ReportEntry): string[] {
  return (attempt?.checks ?? []).flatMap(({ traceIds }) => traceIds);
}

/** What in a report contradicts itself, or what the teacher knows. */
function doubtsOf(report: Report, raw: object, { nonce, exercises }: ClassOptions): string[] {
  const doubts: string[] = [];
  const { seal } = report;
  if (nonce !== undefined && report.nonce !== nonce)
    doubts.push(report.nonce === undefined ? "made for no class" : "made for another class");
  if (report.nonce !== undefined && seal !== sealOf(raw, report.nonce))
    doubts.push("changed after it was made: its seal does not fit");
  const passed = report.exercises.filter((it) => it.state === "passed");
  if (passed.length !== report.passed)
    doubts.push(`says ${report.passed} passed, and names ${passed.length}`);
  for (const it of passed)
    doubts.push(...doubtsOfEntry(it, exercises).map((doubt) => `${it.number}: ${doubt}`));
  return doubts;
}

function doubtsOfEntry(it: ReportEntry, exercises: ReadonlyMap<string, string>): string[] {
  const { attempt } = it;
  if (!attempt?.ok) return ["passed, without an attempt that did"];
  if (attempt.hashes === undefined) return ["graded by a lab that kept no hashes"];
  const own = exercises.get(it.name);
  return [
    ...(own === undefined ? ["an exercise that is not here"] : []),
    ...(own !== undefined && own !== attempt.hashes.exercise
      ? ["graded by an exercise that is not as here"]
      : []),
    ...(hashOfTraces(traceIdsOf(it)) === attempt.hashes.traces ? [] : ["other traces than it was graded by"]),
  ];
}

/** Traces are made by calls, each of which has an id that no other has: nobody else can have them. */
function sharedWith(
  report: Report,
  learner: string,
  ownersOf: ReadonlyMap<string, readonly string[]>,
): string[] {
  return report.exercises.flatMap((it) => {
    const others = new Set(traceIdsOf(it).flatMap((id) => ownersOf.get(id) ?? []));
    // Two files of one name are two learners, or one who handed in twice.
    const twice = traceIdsOf(it).some((id) => (ownersOf.get(id) ?? []).length > 1);
    if (!twice) return [];
    const named = [...others].filter((name) => name !== learner);
    return [`${it.number}: the same traces as ${named.join(", ") || "another report of the same name"}`];
  });
}

function columnsOf(reports: readonly Report[]): ClassColumn[] {
  const entries = Map.groupBy(
    reports.flatMap((it) => it.exercises),
    ({ name }) => name,
  );
  return [...entries.values()]
    .map((all): ClassColumn => {
      const begun = all.filter(({ state }) => state !== "untouched");
      const counts = Map.groupBy(
        begun.flatMap(({ stumbled }) => stumbled),
        ({ expectation }) => expectation,
      );
      const [{ number, title }] = all as [ReportEntry];
      return {
        number,
        title,
        passed: all.filter(({ state }) => state === "passed").length,
        started: begun.length,
        checks: middle(begun.map(({ checks }) => checks)),
        hints: middle(begun.map(({ hintsShown }) => hintsShown)),
        solutions: begun.filter(({ solutionShown }) => solutionShown).length,
        stumbles: [...counts]
          .map(([expectation, them]) => ({ expectation, learners: them.length }))
          .sort((a, b) => b.learners - a.learners)
          .slice(0, 3),
      };
    })
    .sort((a, b) => a.number - b.number);
}

function middle(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

/** Where a class stumbles most: of the exercises that were begun, those with the fewest passes and the most checks. */
export function hardest({ columns }: Pick<Classroom, "columns">): ClassColumn[] {
  const share = ({ passed, started }: ClassColumn) => passed / started;
  return columns
    .filter(({ started }) => started > 0)
    .sort((a, b) => share(a) - share(b) || b.checks - a.checks)
    .slice(0, 3);
}
