import { readFileSync } from "node:fs";
import { join } from "node:path";
import { renderTrace, textWidth, wrapLines } from "@envoy-mesh-lab/trace";
import { commentsOn } from "./comments.ts";
import type { Exercise } from "./exercise.ts";
import type { Loop } from "./loop.ts";
import { loopKeys } from "./loop.ts";
import { renderMarkdown } from "./markdown.ts";
import { paint, renderVerdict } from "./render.ts";
import { picturesOf, toVerdict } from "./verdict.ts";

/** What a screen shows beside the loop itself. */
export interface ScreenOptions {
  /** In columns and lines. */
  readonly width: number;
  readonly height: number;
  readonly color: boolean;
  /** The folder with the learner's files. */
  readonly folder: string;
  /** All exercises, and which were passed. */
  readonly list: readonly { readonly number: number; readonly title: string; readonly isPassed: boolean }[];
  /** The diff from the learner's files to the solution; asked for only where it is shown. */
  readonly solution: () => string;
}

/** How wide the bar of what was passed may be, in columns. */
const longestBar = 17;

/** One screen, of at most `height` lines, none of them wider than `width`: the verdict before all else, and the keys below. */
export function renderScreen(exercise: Exercise, loop: Loop, options: ScreenOptions): string[] {
  const { width, height, color } = options;
  const head = [titleLine(exercise, options), ...wrapped(stateOf(loop, options), width), ""];
  const foot = ["", ...wrapped(keysOf(loop), width).map((it) => paint("dim", it, { color }))];
  const body = wrapped(bodyOf(exercise, loop, options).join("\n"), width);
  while (body.at(-1) === "") body.pop();
  const room = Math.max(1, height - head.length - foot.length);
  if (body.length <= room) return [...head, ...body, ...foot];
  const shown = Math.max(1, room - 1);
  const scroll = Math.min(loop.scroll, body.length - shown);
  const left = body.length - shown - scroll;
  const more =
    left > 0 ? `… ${left} more ${left === 1 ? "line" : "lines"}: ↓ or space` : "… that is the end: ↑";
  return [...head, ...body.slice(scroll, scroll + shown), paint("dim", more, { color }), ...foot];
}

const wrapped = (text: string, width: number) => wrapLines(text, width).split("\n");

function titleLine({ number, title }: Exercise, { list, width, color }: ScreenOptions): string {
  const passed = list.filter((it) => it.isPassed).length;
  const bar = "█"
    .repeat(Math.round((passed / Math.max(1, list.length)) * longestBar))
    .padEnd(longestBar, "░");
  const right = `${bar} ${passed} of ${list.length} passed`;
  const left = `${number} · ${title}`;
  const gap = width - textWidth(left) - textWidth(right);
  return gap < 2
    ? paint("bold", left, { color })
    : `${paint("bold", left, { color })}${" ".repeat(gap)}${right}`;
}

/** In one line: what goes on, or what came of it. */
function stateOf({ step, trouble, checks, grade }: Loop, { color }: ScreenOptions): string {
  if (trouble !== undefined)
    return paint("red", "✘ your files were not taken, and the mesh is as it was", { color });
  const { met, of, causes } = toVerdict(checks);
  if (step !== undefined) return `… ${step}`;
  if (grade === undefined) return "";
  const inCauses = causes.length === 1 ? "one thing is wrong" : `${causes.length} things are wrong`;
  return grade.ok
    ? paint("green", `✔ passed: ${met} of ${of} as expected`, { color })
    : paint("red", `✘ not yet: ${inCauses}`, { color });
}

function bodyOf(exercise: Exercise, loop: Loop, options: ScreenOptions): string[] {
  const { width, color, folder, list } = options;
  const markdown = (text: string) => renderMarkdown(text, { width, color });
  switch (loop.view) {
    case "about":
      return [markdown(readFileSync(join(exercise.folder, "README.md"), "utf8"))];
    case "verdict": {
      if (loop.trouble !== undefined) return [loop.trouble];
      const verdict = renderVerdict(exercise, loop.checks, { color, folder });
      if (loop.grade?.ok !== true) return verdict;
      const comments = commentsOn(exercise, loop.grade, folder).map((it) => markdown(`→ ${it}`));
      return [...verdict, ...comments, ...(comments.length > 0 ? [""] : []), markdown(exercise.explanation)];
    }
    case "hint":
      return loop.telling === undefined
        ? []
        : [
            paint("bold", loop.telling.title, { color }),
            "",
            markdown(loop.telling.text),
            ...(loop.telling.isLast ? ["", "That is the last one; s shows the solution."] : []),
          ];
    case "trace": {
      const pictures = picturesOf(loop.checks);
      return pictures.length === 0
        ? ["No trace has come yet."]
        : pictures.flatMap((it) => [renderTrace(it, color, { width }), ""]);
    }
    case "solution":
      return [options.solution(), markdown(exercise.explanation)];
    case "list":
      return list.map(({ number, title, isPassed }) => {
        const here = number === exercise.number ? "→" : " ";
        return `${here} ${isPassed ? paint("green", "✔", { color }) : " "} ${String(number).padStart(2)}  ${title}`;
      });
    case "reset":
      return [
        `Put your files of ${exercise.name} aside and begin anew?`,
        "",
        "y does it; any other key goes back.",
      ];
  }
}

function keysOf({ isLeaving }: Loop): string {
  return isLeaving
    ? "This one is not passed yet. n once more goes on all the same; any other key stays."
    : loopKeys.map(([key, words]) => `${key} ${words}`).join("   ");
}
