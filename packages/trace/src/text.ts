import { head, textWidth } from "./text-width.ts";

/** Breaks a text into lines between words, but not between a number and its unit or within an interval. */
export function wrap(text: string, width: number): string[] {
  return fill(unitsOf(text), width);
}

/** What stays together: words, numbers with their units, and intervals. */
function unitsOf(text: string): string[] {
  return text.split(/ (?!(?:[nµm]?s|%)(?![a-z])|…)(?<!… )/);
}

function fill(units: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const unit of units) {
    const last = lines.at(-1);
    if (last !== undefined && textWidth(last) + 1 + textWidth(unit) <= width) {
      lines[lines.length - 1] = `${last} ${unit}`;
    } else {
      lines.push(unit);
    }
  }
  return lines;
}

/** What stands before a line's words: its indentation, a bullet or a mark, a label such as `seen:`. */
const leadOf = /^ *(?:(?:[-*•✔✘↑]|\d+\.|[a-z]+:) +)*/u;

/**
 * Breaks those lines of a text that are too long between words, and goes on below where the line's words began. Words that
 * are too long by themselves are broken too, but for addresses (https://…), which nobody could follow then.
 */
export function wrapLines(text: string, width: number): string {
  return text
    .split("\n")
    .flatMap((line) => (textWidth(line) <= width ? [line] : wrapLine(line, width)))
    .join("\n");
}

function wrapLine(line: string, width: number): string[] {
  const [found = ""] = leadOf.exec(line) ?? [];
  const lead = textWidth(found) >= width / 2 ? "" : found;
  const room = Math.max(width - textWidth(lead), 1);
  const units = unitsOf(line.slice(lead.length)).flatMap((it) =>
    textWidth(it) <= room ? [it] : it.split(" ").flatMap((word) => breakWord(word, room)),
  );
  return fill(units, room).map((it, i) => (i === 0 ? lead + it : " ".repeat(textWidth(lead)) + it));
}

function breakWord(word: string, width: number): string[] {
  if (textWidth(word) <= width || word.includes("://")) return [word];
  const part = head(word, width);
  return part === "" ? [word] : [part, ...breakWord(word.slice(part.length), width)];
}
