import type { Quirk } from "./model.ts";

/** An oddity as a whole sentence: how many spans have it, and what it is. */
export function quirkSentence({ code, message, spanIds }: Quirk): string {
  // It is about an answer, and says so itself.
  if (code === "partial-answer") return message;
  return `${spanIds.length > 1 ? `each of ${spanIds.length} spans` : "a span"} ${message}`;
}
