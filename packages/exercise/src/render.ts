import { readFileSync } from "node:fs";
import { join } from "node:path";
import { styleText } from "node:util";
import { printable, renderTrace } from "@envoy-mesh-lab/trace";
import type { Exercise } from "./exercise.ts";
import type { CheckGrade, Fault, Grade, GradeItem } from "./grade.ts";
import { receivedHeader } from "./received-header.ts";
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

/** A grade as people read it: each check with its trace and its checklist, then what to do next. */
export function renderGrade(exercise: Exercise, grade: Grade, options: RenderGradeOptions): string {
  const items = grade.checks.flatMap((it) => it.items);
  const met = items.filter((it) => it.ok).length;
  return [
    ...grade.checks.map((it) => renderCheck(exercise, it, options)),
    grade.ok
      ? paint("green", `✔ passed: ${exercise.title} (${met} of ${items.length})`, options)
      : paint("red", `✘ not yet: ${met} of ${items.length} as expected`, options),
    grade.ok
      ? "  `lab exercise solution` compares yours with ours; `lab exercise next` goes on."
      : `  Stuck? \`lab exercise hint\`. A trace at any time: \`lab trace ${grade.checks.flatMap((it) => (it.ok ? [] : it.traceIds))[0] ?? "<id>"}\`.`,
  ].join("\n");
}

function renderCheck(exercise: Exercise, check: CheckGrade, options: RenderGradeOptions): string {
  const wrong = check.items.filter((it) => !it.ok);
  const right = check.items.filter((it) => it.ok);
  return [
    paint("bold", `── ${check.name}`, options),
    "",
    ...check.drawn.flatMap((it) => [
      renderTrace(it, options.color, options.width === undefined ? {} : { width: options.width }),
      `  see it ${options.link(it.traceId)}`,
      "",
    ]),
    ...wrong.flatMap((it) => renderItem(exercise, check, it, options)),
    // What is as expected is one line each for short lists, else a count: the eye should fall on what is not.
    ...(right.length <= 8 || check.ok
      ? right.map((it) => `  ${paint("green", "✔", options)} ${printable(it.expectation)}${told(it)}`)
      : [`  ${paint("green", "✔", options)} and ${right.length} more as expected`]),
    "",
  ].join("\n");
}

/** What an item that is as expected says beyond that. */
function told({ seen }: GradeItem): string {
  return seen === "" ? "" : `: ${printable(seen)}`;
}

function renderItem(
  exercise: Exercise,
  { drawn }: Pick<CheckGrade, "drawn">,
  it: GradeItem,
  options: RenderGradeOptions,
): string[] {
  const { folder } = options;
  const spans = it.spanIds.slice(0, 4);
  const places = [...new Set(it.faults.flatMap((fault) => placeOf(exercise, fault, folder) ?? []))];
  const [trace] = it.traceIds;
  const [header] = it.faults.some(({ code }) => aboutContext.test(code))
    ? drawn.flatMap((one) => receivedHeader(one, it.spanIds[0]) ?? [])
    : [];
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
  ];
}

/** Faults for which it matters what the header said. */
const aboutContext = /^(hop\.|context\.|traces\.|trace\.)/;

function shownPlace(place: string): string {
  const at = place.lastIndexOf(":");
  return `${shown(place.slice(0, at))}${place.slice(at)}`;
}

/** The line of the learner's file that a fault points at, as file:line and its text. */
export function placeOf(
  { look }: Pick<Exercise, "look">,
  { code, edge }: Fault,
  folder: string,
): string | undefined {
  const hint = look[`${code} at ${edge}`] ?? look[code];
  if (hint === undefined) return undefined;
  const lines = readFileSync(join(folder, hint.file), "utf8").split("\n");
  const at = lines.findIndex((line) => new RegExp(hint.at).test(line));
  return at < 0
    ? shown(join(folder, hint.file))
    : `${shown(join(folder, hint.file))}:${at + 1}  ${(lines[at] as string).trim()}`;
}

function paint(style: "green" | "red" | "bold", text: string, { color }: { color: boolean }): string {
  return color ? styleText(style, text, { validateStream: false }) : text;
}
