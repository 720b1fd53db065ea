/** Control sequences that colour a text (ECMA-48, "Select Graphic Rendition"), which take no room. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character begins such a sequence.
const colorCode = /\u001b\[[\d;]*m/g;

/**
 * Characters that take two columns: East Asian Width "W" and "F" (Unicode 17, UAX #11) by their blocks, as regular
 * expressions have no word for it, and pictures.
 */
const wide =
  /[\u1100-\u115f\u231a\u231b\u2e80-\u303e\u3041-\u4dbf\u4e00-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

/** U+FE0F asks for a picture where there is a sign, too; two letters of a region are a flag. */
const picture = /\ufe0f|\p{Regional_Indicator}{2}/u;

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** How many columns of a terminal a text of one line takes; colour codes take none. */
export function textWidth(text: string): number {
  const shown = text.replaceAll(colorCode, "");
  if (/^[ -~\u2500-\u259f…]*$/.test(shown)) return shown.length;
  let width = 0;
  for (const { segment } of graphemes.segment(shown)) width += graphemeWidth(segment);
  return width;
}

function graphemeWidth(segment: string): number {
  if (picture.test(segment)) return 2;
  let width = 0;
  for (const character of segment) width += wide.test(character) ? 2 : /\p{M}/u.test(character) ? 0 : 1;
  // What is joined to a wide character is drawn on it: a skin's colour for example.
  return wide.test(segment) ? 2 : width;
}

/** Puts spaces behind a text, up to a width in columns. */
export function padText(text: string, width: number): string {
  return text + " ".repeat(Math.max(width - textWidth(text), 0));
}

/** The beginning of a text, in at most `width` columns, and not a column more when what comes next is wide. */
export function head(text: string, width: number): string {
  let taken = 0;
  let result = "";
  for (const { segment } of graphemes.segment(text)) {
    taken += graphemeWidth(segment);
    if (taken > width) break;
    result += segment;
  }
  return result;
}

/** Cuts the end of a text that is too long, in columns. */
export function cutEnd(text: string, width: number): string {
  return textWidth(text) <= width ? text : width < 1 ? "" : `${head(text, width - 1)}…`;
}

/** Cuts the middle out of a text that is too long, in columns. */
export function shorten(text: string, width: number): string {
  if (textWidth(text) <= width) {
    return text;
  }
  if (width < 1) return "";
  const front = Math.ceil((width - 1) / 2);
  const all = [...graphemes.segment(text)].map(({ segment }) => segment);
  let end = "";
  for (let i = all.length - 1; i >= 0 && textWidth(all[i] + end) <= width - 1 - front; i--)
    end = all[i] + end;
  return `${head(text, front)}…${end}`;
}
