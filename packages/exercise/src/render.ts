import { readFileSync } from "node:fs";
import { join } from "node:path";
import { styleText } from "node:util";
import { printable, renderTrace } from "@envoy-mesh-lab/trace";
import { commentsOn } from "./comments.ts";
import type { Exercise } from "./exercise.ts";
import type { CheckGrade, Fault, Grade, GradeItem } from "./grade.ts";
import { receivedHeader } from "./received-header.ts";
import type { Cause } from "./verdict.ts";
import { picturesOf, toVerdict } from "./verdict.ts";
import { shown } from "./workspace.ts";

/** How a grade is printed. */
export interface RenderGradeOptions {
  color: boolean;
  /** How wide traces are drawn, in columns (default: as `renderTrace` does). */
  width?: number;
  /** The folder with the learner's files. */
  folder: string;
  /** Where a trace is to be seen, in words. */
  link: (traceId: string) => string;
}

/** A grade as people read it: what is wrong, each cause once, then the checks, then pictures, and what to do next. */
export function renderGrade(exercise: Exercise, grade: Grade, options: RenderGradeOptions): string {
  const { ok, met, of } = toVerdict(grade.checks);
  return [
    ...renderVerdict(exercise, grade.checks, options),
    ...picturesOf(grade.checks).flatMap((it) => [
      renderTrace(it, options.color, options.width === undefined ? {} : { width: options.width }),
      `  see it ${options.link(it.traceId)}`,
      "",
    ]),
    ...commentsOn(exercise, grade, options.folder).map((it) => `  ${paint("bold", "→", options)} ${it}`),
    ok
      ? paint("green", `✔ passed: ${exercise.title} (${met} of ${of})`, options)
      : paint("red", `✘ not yet: ${met} of ${of} as expected`, options),
    ok
      ? "  `lab exercise solution` compares yours with ours; `lab exercise next` goes on."
      : `  Stuck? \`lab exercise hint\`. A trace at any time: \`lab trace ${grade.checks.flatMap((it) => (it.ok ? [] : it.traceIds))[0] ?? "<id>"}\`.`,
  ].join("\n");
}

/** What is wrong, each cause once, and how each check stands; a check that is over can be shown before the others are. */
export function renderVerdict(
  exercise: Exercise,
  checks: readonly CheckGrade[],
  options: Pick<RenderGradeOptions, "color" | "folder">,
): string[] {
  const { causes } = toVerdict(checks);
  return [
    ...causes.flatMap((it) => [...renderCause(exercise, it, options), ""]),
    ...checks.flatMap((it) => renderCheck(it, options)),
    "",
  ];
}

/** How many items a check may have to be shown one by one; the eye should fall on what is not as expected. */
const shownItems = 8;

function renderCheck({ name, ok, items }: CheckGrade, options: Pick<RenderGradeOptions, "color">): string[] {
  const right = items.filter((it) => it.ok);
  const mark = ok ? paint("green", "✔", options) : paint("red", "✘", options);
  const count = ok ? `${right.length}` : `${right.length} of ${items.length}`;
  return [
    `${mark} ${printable(name)}: ${count} as expected`,
    // What an item that is as expected says beyond that is what there is to learn from it.
    ...right
      .filter((it) => it.seen !== "" || right.length <= shownItems)
      .map((it) => `  ${paint("green", "✔", options)} ${printable(it.expectation)}${told(it)}`),
  ];
}

/** What an item that is as expected says beyond that. */
function told({ seen }: GradeItem): string {
  return seen === "" ? "" : `: ${printable(seen)}`;
}

function renderCause(
  exercise: Exercise,
  { item: it, drawn, checks, followers }: Cause,
  options: Pick<RenderGradeOptions, "color" | "folder">,
): string[] {
  const { folder } = options;
  const spans = it.spanIds.slice(0, 4);
  const places = [...new Set(it.faults.flatMap((fault) => placeOf(exercise, fault, folder) ?? []))];
  const [trace] = it.traceIds;
  const [header] = it.faults.some(({ code }) => aboutContext.test(code))
    ? drawn.flatMap((one) => receivedHeader(one, it.spanIds[0]) ?? [])
    : [];
  const others = followers === 0 ? "" : `; ${followers} more there may only follow from it`;
  return [
    `  ${paint("red", "✘", options)} ${printable(it.expectation)}`,
    `      seen:   ${printable(it.seen)}`,
    ...(it.faults.length > 0
      ? [
          `      fault:  ${it.faults.map(({ code, edge }) => (edge ? `${code} at ${printable(edge)}` : code)).join("; ")}`,
        ]
      : []),
    ...(trace || spans.length > 0
      ? [
          `      where:  ${[...(spans.length > 0 ? [`span ${spans.join(", ")}`] : []), ...(trace ? [`trace ${trace}`] : [])].join(" of ")}`,
        ]
      : []),
    ...(header ? [`      header: ${printable(header)}`] : []),
    ...places.map((place) => `      look:   ${printable(place)}`),
    ...(it.expectedAt ? [`      asked:  ${shownPlace(it.expectedAt)}`] : []),
    `      checks: ${checks.map((name) => `"${printable(name)}"`).join(", ")}${others}`,
  ];
}

/** Faults for which it matters what the header said. */
const aboutContext = /^(hop\.|context\.|traces\.|trace\.)/;

function shownPlace(place: string): string {
  const at = place.lastIndexOf(":");
  return `${shown(place.slice(0, at))}${place.slice(at)}`;
}

/**
 * The line of the learner's file that a fault points at, as file:line and its text: of the places that exercise.yaml names the
 * first that is there as the files are now.
 */
export function placeOf(
  { look }: Pick<Exercise, "look">,
  { code, edge }: Fault,
  folder: string,
): string | undefined {
  const places = [look[`${code} at ${edge}`] ?? look[code] ?? []].flat();
  for (const { file, at } of places) {
    const lines = readFileSync(join(folder, file), "utf8").split("\n");
    const found = lines.findIndex((line) => new RegExp(at).test(line));
    if (found >= 0) return `${shown(join(folder, file))}:${found + 1}  ${(lines[found] as string).trim()}`;
  }
  const [first] = places;
  return first && shown(join(folder, first.file));
}

export function paint(
  style: "green" | "red" | "bold" | "dim",
  text: string,
  { color }: { color: boolean },
): string {
  return color ? styleText(style, text, { validateStream: false }) : text;
}
