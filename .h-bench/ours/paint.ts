/** The colours that texts are painted in, with their codes (ECMA-48, "Select Graphic Rendition"). */
const codes = { red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36, gray: 90 } as const;

/** A colour of a terminal. */
export type Color = keyof typeof codes;

/** Paints a text for a terminal. Not `styleText` of Node, because browsers render texts too. */
export function paint(color: Color, text: string): string {
  return `\u001b[${codes[color]}m${text}\u001b[39m`;
}
