import { printable } from "../format.ts";

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text for HTML, as content or in a quoted attribute; control characters are replaced. */
export function escapeHtml(text: string): string {
  return printable(text).replaceAll(/[&<>"']/g, (it) => entities[it] as string);
}
