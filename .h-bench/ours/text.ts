/** Breaks a text into lines between words, but not between a number and its unit or within an interval. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/ (?!(?:[nµm]?s|%)(?![a-z])|…)(?<!… )/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}

/** Cuts the middle out of a text that is too long. */
export function shorten(text: string, width: number): string {
  if (text.length <= width) {
    return text;
  }
  const head = Math.ceil((width - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (width - 1 - head))}`;
}
