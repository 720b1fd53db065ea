import type { Quirk } from "../trace/model.ts";

/**
 * What a reader may find odd, by its code. The codes are stable: scripts may rely on them. The text says what was seen
 * and what was made of it.
 */
export const quirkTexts = {
  "padded-id":
    "has an id of fewer digits than OpenTelemetry's; zeros were put before it (64-bit ids of Zipkin and Jaeger)",
  "time-unit": "has a time in microseconds or milliseconds where nanoseconds belong; it was converted",
  "inexact-time": "has a time that is a JSON number, which is exact to about 256 ns only",
  "no-start": "has no start time; its end was taken",
  "no-end":
    "has no end time: it was not finished when it was written, or is half of a span; its start was taken",
  "no-time": "has neither start nor end",
  "ends-before-start": "ends before it starts; its times were left as they are",
  "missing-kind": "says no kind (SERVER, CLIENT, …)",
  "missing-service": "comes from a resource without service.name",
  "missing-parent": "names a parent that is not in the input",
  "parent-loop": "is its own ancestor",
  "duplicate-span": "stands in the input more than once, the same each time; it was kept once",
  "conflicting-span":
    "has an id that another, different span of the trace has; both were kept, this one under a new id",
  "shared-span-id":
    "shares its id with the CLIENT span above it (Zipkin); it was given an id of its own, below that span",
  "span-in-parts": "was reported in parts, one of them without times; they were put together",
  "half-shared-span": "is marked as sharing its id with a CLIENT span (Zipkin) that is not in the input",
  "several-services": "names another service than its resource does; it was taken as a span of that service",
  "unreadable-span": "could not be read and is left out",
  "unreadable-value": "has an attribute, event or link that is not of the format's shape; it was left out",
  "cut-off": "stood at a place where the input is cut off or broken; what came after it is missing",
  "late-span": "came after its trace had been given out; it is given in a piece of its own",
  "tool-warning": "carries a warning of the tool that saved it",
} as const satisfies Record<string, string>;

/** A stable code for an oddity. */
export type QuirkCode = keyof typeof quirkTexts;

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
      message: [quirkTexts[code], ...[...details].sort()].join("; "),
      spanIds: [...new Set(spanIds)].sort(),
    }));
}
