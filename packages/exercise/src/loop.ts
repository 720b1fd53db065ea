import type { CheckGrade, Grade } from "./grade.ts";
import type { Telling } from "./hints.ts";

/** What fills the screen while an exercise is watched. */
export type View = "about" | "verdict" | "hint" | "trace" | "solution" | "list" | "reset";

/** Where a learner is who edits, saves and looks. */
export interface Loop {
  readonly view: View;
  /** How many lines of the view are above the screen. */
  readonly scroll: number;
  /** What goes on, while a check runs. */
  readonly step: string | undefined;
  /** What the checks have come to so far, of the run that goes on, else of the last one. */
  readonly checks: readonly CheckGrade[];
  /** What the last run came to; undefined while one goes on, and where the files were rejected. */
  readonly grade: Grade | undefined;
  /** Why the files could not be checked, in the words of who rejects them. */
  readonly trouble: string | undefined;
  /** The hint that was told last. */
  readonly telling: Telling | undefined;
  /** Whether "next" was asked for once, though the exercise is not passed. */
  readonly isLeaving: boolean;
}

/** Something that happens: a check goes on, or somebody presses a key. */
export type LoopEvent =
  | { readonly kind: "begin" }
  | { readonly kind: "step"; readonly text: string }
  | { readonly kind: "check"; readonly check: CheckGrade }
  | { readonly kind: "end"; readonly grade: Grade }
  | { readonly kind: "trouble"; readonly text: string }
  | { readonly kind: "told"; readonly telling: Telling }
  | { readonly kind: "key"; readonly key: string };

/** What has to be done because of a key. */
export type LoopEffect = "check" | "hint" | "next" | "reset" | "quit";

/** Where it begins: nothing was checked yet. */
export const firstLoop: Loop = {
  view: "verdict",
  scroll: 0,
  step: undefined,
  checks: [],
  grade: undefined,
  trouble: undefined,
  telling: undefined,
  isLeaving: false,
};

/** The keys that do something, and what is said of them. */
export const loopKeys: readonly (readonly [key: string, words: string])[] = [
  ["h", "hint"],
  ["t", "trace"],
  ["s", "solution"],
  ["l", "list"],
  ["a", "about"],
  ["c", "check"],
  ["n", "next"],
  ["r", "reset"],
  ["q", "quit"],
];

/** How far a screen is scrolled by a key, in lines. */
const scrolled = new Map([
  ["down", 1],
  ["up", -1],
  ["space", 10],
  ["pagedown", 10],
  ["pageup", -10],
]);

/** What comes of an event. A key that means nothing changes nothing. */
export function stepLoop(loop: Loop, event: LoopEvent): { loop: Loop; effect?: LoopEffect } {
  const { step: _, ...rest } = loop;
  switch (event.kind) {
    case "begin":
      return {
        loop: {
          ...rest,
          step: "reading your files",
          checks: [],
          grade: undefined,
          trouble: undefined,
          isLeaving: false,
          // Who saves wants to know what came of it.
          ...show("verdict"),
        },
      };
    case "step":
      return { loop: { ...loop, step: event.text } };
    case "check":
      return { loop: { ...loop, checks: [...loop.checks, event.check] } };
    case "end":
      return { loop: { ...loop, step: undefined, grade: event.grade, checks: event.grade.checks } };
    case "trouble":
      return { loop: { ...loop, step: undefined, trouble: event.text } };
    case "told":
      return { loop: { ...loop, telling: event.telling, ...show("hint") } };
    case "key":
      return pressKey(loop, event.key);
  }
}

const show = (view: View) => ({ view, scroll: 0 });

function pressKey(loop: Loop, key: string): { loop: Loop; effect?: LoopEffect } {
  const by = scrolled.get(key);
  if (by !== undefined) return { loop: { ...loop, scroll: Math.max(0, loop.scroll + by) } };
  const calm = { ...loop, isLeaving: false };
  // A reset takes files away, so that it is said twice.
  if (loop.view === "reset") {
    return key === "y"
      ? { loop: { ...calm, ...show("verdict") }, effect: "reset" }
      : { loop: { ...calm, ...show("verdict") } };
  }
  switch (key) {
    case "h":
      return { loop: calm, effect: "hint" };
    case "t":
    case "s":
    case "l":
    case "a": {
      const view = ({ t: "trace", s: "solution", l: "list", a: "about" } as const)[key];
      // The same key goes back.
      return { loop: { ...calm, ...show(loop.view === view ? "verdict" : view) } };
    }
    case "c":
      return loop.step === undefined ? { loop: calm, effect: "check" } : { loop };
    case "n":
      return loop.grade?.ok || loop.isLeaving
        ? { loop: calm, effect: "next" }
        : { loop: { ...loop, isLeaving: true } };
    case "r":
      return { loop: { ...calm, ...show("reset") } };
    case "return":
    case "escape":
      return { loop: { ...calm, ...show("verdict") } };
    case "q":
      return { loop: calm, effect: "quit" };
    default:
      return { loop };
  }
}
