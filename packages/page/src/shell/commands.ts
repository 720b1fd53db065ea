import { signal } from "@preact/signals";
import { hashOf, placeNames } from "./route.ts";

/** Something that the palette offers. */
export interface PaletteCommand {
  /** What it does, in the words that one would look for. */
  readonly title: string;
  /** Does it; what it returns is said to the user. */
  readonly run: () => Promise<string> | string;
}

/** Everything that the palette offers; a place adds its own while it is shown. */
export const commands = signal<readonly PaletteCommand[]>([]);

/** The commands that lead to the places of the page. */
export function wayCommands(titles: Readonly<Record<string, string>>): PaletteCommand[] {
  return placeNames.map((name) => ({
    title: `Go to ${titles[name]}`,
    run: () => {
      location.hash = hashOf(name);
      return `${titles[name]} is shown`;
    },
  }));
}

/** The commands whose titles have all the words of a text, in any order: those that begin with its first word come first. */
export function matching(all: readonly PaletteCommand[], text: string): PaletteCommand[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((it) => it !== "");
  const [first = ""] = words;
  const rank = ({ title }: PaletteCommand) => (title.toLowerCase().startsWith(first) ? 0 : 1);
  return all
    .filter(({ title }) => words.every((it) => title.toLowerCase().includes(it)))
    .sort((one, other) => rank(one) - rank(other));
}

/** The place in a list after a step, round its ends. */
export function stepped(at: number, step: number, length: number): number {
  return length === 0 ? 0 : (at + step + length) % length;
}
