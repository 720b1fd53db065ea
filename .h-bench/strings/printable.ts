/**
 * Characters that steer what shows a text instead of being shown: control characters (Cc), format characters, among
 * them those that turn the direction of writing (Cf), the separators of lines and paragraphs, halves of characters
 * (Cs), and code points that are none (Unicode 17, sections 4.5 and 23.7).
 */
const steering = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]/gu;

/**
 * A text that comes from elsewhere (a span's name, a service's, a log line, what a peer answered) as it can be written
 * to a terminal, a report or a table: what would steer it is shown as U+FFFD, so that nobody who names a span can
 * colour, move, hide or forge what `lab` says. Line ends are replaced, too: the text stays one line.
 */
export function printable(text: string): string {
  return text.replaceAll(steering, "\uFFFD");
}

/** The same for a text that may have several lines, such as an error's or a part's log: line ends and tabs stay. */
export function printableLines(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replaceAll(steering, (it) => (it === "\n" || it === "\t" ? it : "\uFFFD"));
}

/** JSON text, in which what would steer a terminal is written as \u escapes; it means the same. */
export function printableJson(json: string): string {
  return json.replaceAll(steering, (it) =>
    it === "\n" ? it : Array.from({ length: it.length }, (_, i) => hex(it.charCodeAt(i))).join(""),
  );
}

function hex(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, "0")}`;
}
