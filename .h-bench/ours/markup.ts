import { printableLines } from "./printable.ts";

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  // HTML knows &apos; only since its version 5; the number is understood by HTML and XML alike.
  "'": "&#39;",
};

/**
 * Text as HTML or XML 1.0 takes it, between tags or in a quoted attribute. What steers instead of being shown, and what
 * XML has no way to write (section 2.2), becomes U+FFFD; line ends stay.
 */
export function escapeMarkup(text: string): string {
  return printableLines(text).replaceAll(/[&<>"']/g, (it) => entities[it] as string);
}
