/** The sentence that opens a block of a configuration file. */
export interface Opening {
  /** The line of what it opens, from 1 in the text. */
  readonly line: number;
  /** How deep that is, in columns. */
  readonly indent: number;
  /** What it opens: `listeners`, or the first words of an item of a list. */
  readonly key: string;
  /** The first sentence, or all of the comment where it is one sentence. */
  readonly sentence: string;
}

/** The longest sentence, in characters: comments are wrapped, and none of the lab's is longer. */
const longest = 400;

/** The sentences that open the blocks of a YAML text: a comment that stands right above a key, on lines of its own. */
export function openingsOf(text: string): Opening[] {
  const found: Opening[] = [];
  let comment: string[] = [];
  text.split("\n").forEach((line, i) => {
    const words = /^\s*#+ ?(.*)$/.exec(line)?.[1];
    if (words !== undefined) {
      comment.push(words.trim());
      return;
    }
    const key = /^\s*(?:- )?("[^"]*"|'[^']*'|[^\s:#{}[\],]+):(?:\s|$)/.exec(line);
    if (comment.length > 0 && line.trim() !== "") {
      const indent = line.length - line.trimStart().length;
      const shown = key?.[1] ?? line.trim().slice(0, 40);
      const sentence = firstSentence(comment.join(" ").trim());
      if (sentence !== "") found.push({ line: i + 1, indent, key: shown, sentence });
    }
    comment = [];
  });
  return found;
}

function firstSentence(text: string): string {
  const end = /[.!?](?=\s+[A-Z`"]|$)/.exec(text);
  return (end ? text.slice(0, end.index + 1) : text).slice(0, longest);
}
