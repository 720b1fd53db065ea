import type { Exercise } from "./exercise.ts";
import type { Fault } from "./grade.ts";
import type { ExerciseProgress } from "./progress.ts";
import { changeProgress, entryOf } from "./progress.ts";
import type { Hint } from "./schema.ts";

/** A hint that was told, by its place among the exercise's, from 0. */
export interface ToldHint {
  readonly place: number;
  readonly text: string;
}

/**
 * Finds the hint to tell next: one for what is still wrong, where there is one that was not told, else the next of those for
 * everybody.
 *
 * @param told the places of those that were told.
 * @param faults what the last check found.
 * @returns undefined when there is none left.
 */
export function nextHint(
  hints: readonly Hint[],
  told: readonly number[],
  faults: readonly Pick<Fault, "code">[],
): ToldHint | undefined {
  const left = hints.map((hint, place) => ({ hint, place })).filter(({ place }) => !told.includes(place));
  const fits = ({ hint }: { hint: Hint }) =>
    typeof hint !== "string" && hint.when.some((code) => faults.some((it) => it.code === code));
  const found = left.find(fits) ?? left.find(({ hint }) => typeof hint === "string");
  return found && { place: found.place, text: textOf(found.hint) };
}

/** How many hints there are for everybody: those for one fault come in addition. */
export function countOfHints(hints: readonly Hint[]): number {
  return hints.filter((it) => typeof it === "string").length;
}

/** What a hint says. */
export function textOf(hint: Hint): string {
  return (typeof hint === "string" ? hint : hint.say).trim();
}

/** A hint as it is told. */
export interface Telling {
  /** "Hint 2 of 3", or what it is about. */
  readonly title: string;
  /** In Markdown. */
  readonly text: string;
  /** Whether none is left after it. */
  readonly isLast: boolean;
}

type Hinted = Pick<Exercise, "name" | "hints">;

/**
 * Tells one hint more, by what the last check found.
 *
 * @param seen how many the learner has seen, where that is known: who asks twice for the same is told it once.
 * @returns all hints told so far, the new one last.
 */
export function tellHint({ name, hints }: Hinted, seen?: number): Telling[] {
  const progress = changeProgress((it) => {
    const entry = entryOf(it, name);
    const told = placesOf(entry);
    const next =
      seen === undefined || seen >= told.length ? nextHint(hints, told, faultsIn(entry)) : undefined;
    entry.hintsTold = next === undefined ? told : [...told, next.place];
    entry.hintsShown = entry.hintsTold.length;
  });
  return hintsToldOf({ hints }, progress.exercises[name]);
}

/** The hints that were told, in the order in which they were. */
export function hintsToldOf(
  { hints }: Pick<Exercise, "hints">,
  entry: ExerciseProgress | undefined,
): Telling[] {
  if (entry === undefined) return [];
  const places = placesOf(entry);
  const isOver = nextHint(hints, places, faultsIn(entry)) === undefined;
  return places.map((place, i) => ({
    ...describe(hints, place),
    isLast: isOver && i === places.length - 1,
  }));
}

/** Before hints were kept by their places, they were told one after the other. */
function placesOf({ hintsShown, hintsTold }: ExerciseProgress): number[] {
  return hintsTold.length > 0 ? hintsTold : Array.from({ length: hintsShown }, (_, place) => place);
}

function faultsIn({ attempts }: ExerciseProgress): { code: string }[] {
  return (attempts.at(-1)?.checks ?? []).flatMap(({ codes }) => codes.map((code) => ({ code })));
}

function describe(hints: readonly Hint[], place: number): Omit<Telling, "isLast"> {
  const hint = hints[place] ?? "";
  const number = countOfHints(hints.slice(0, place + 1));
  const title =
    typeof hint === "string"
      ? `Hint ${number} of ${countOfHints(hints)}`
      : `For what is still wrong (${hint.when.join(", ")})`;
  return { text: textOf(hint), title };
}
