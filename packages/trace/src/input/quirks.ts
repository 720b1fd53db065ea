import type { Quirk } from "../model.ts";
import type { QuirkCode } from "../quirk-table.ts";
import { quirkTable } from "../quirk-table.ts";

/** The oddities of one trace by their code: which spans have it, and what is to be added in words. */
export type QuirkNotes = Map<QuirkCode, { spanIds: string[]; details: Set<string> }>;

/** How many different remarks on one oddity are kept; the spans that have it are all named. */
const maxDetails = 5;

/** Adds an oddity to those of a trace. */
export function note(notes: QuirkNotes, code: QuirkCode, spanId?: string, detail?: string): void {
  let entry = notes.get(code);
  if (entry === undefined) {
    entry = { spanIds: [], details: new Set() };
    notes.set(code, entry);
  }
  if (spanId !== undefined) {
    entry.spanIds.push(spanId);
  }
  if (detail !== undefined && entry.details.size < maxDetails) {
    entry.details.add(detail);
  }
}

/** Takes back an oddity of one span, which turned out to be none. */
export function unnote(notes: QuirkNotes, code: QuirkCode, spanId: string): void {
  const entry = notes.get(code);
  const at = entry?.spanIds.indexOf(spanId) ?? -1;
  if (at < 0) return;
  entry?.spanIds.splice(at, 1);
  if (entry?.spanIds.length === 0 && entry.details.size === 0) notes.delete(code);
}

/** The oddities as the model has them, in an order that depends on nothing but themselves. */
export function toQuirks(notes: QuirkNotes): Quirk[] {
  return [...notes]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { spanIds, details }]) => ({
      code,
      message: [quirkTable[code].text, ...[...details].sort()].join("; "),
      spanIds: [...new Set(spanIds)].sort(),
    }));
}
