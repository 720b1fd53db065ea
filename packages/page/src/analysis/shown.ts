import { printable } from "@envoy-mesh-lab/trace";

/** How much of a text a line or a cell shows; names of a megabyte exist, and would take a browser seconds to lay out. */
const lineLength = 300;

/** How much of a text is shown where there is room for all of it. */
const wholeLength = 20_000;

/** A text that came from elsewhere as one line: what would steer the reader's eye is replaced, and what is too long is cut. */
export function shown(text: string): string {
  return cut(text, lineLength);
}

/** The same, where there is room. */
export function shownWhole(text: string): string {
  return cut(text, wholeLength);
}

function cut(text: string, length: number): string {
  if (text.length <= length) return printable(text);
  return `${printable(text.slice(0, length))}… (${text.length} characters)`;
}
