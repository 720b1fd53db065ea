import type { JsonBytes } from "./json-bytes.ts";
import { unusual } from "./json-bytes.ts";
import { JsonNames } from "./json-fields.ts";

/** The names of members that are looked at, and those of other spellings, which only the thorough way knows. */
const names = [
  "traceId",
  "spanId",
  "parentSpanId",
  "name",
  "kind",
  "startTimeUnixNano",
  "endTimeUnixNano",
  "attributes",
  "events",
  "links",
  "status",
  "resource",
  "scopeSpans",
  "scope",
  "spans",
  "resourceSpans",
  "key",
  "value",
  "trace_id",
  "span_id",
  "parent_span_id",
  "start_time_unix_nano",
  "end_time_unix_nano",
  "resource_spans",
  "scope_spans",
  "instrumentationLibrary",
  "instrumentationLibrarySpans",
  "batches",
] as const;
const otherSpellings = names.indexOf("trace_id");

/** The members of OTLP's JSON by their places; the first eleven are those of a span. */
export const member = Object.fromEntries(names.map((it, i) => [it, i])) as Record<
  (typeof names)[number],
  number
>;

/** The place of a member that nobody looks at. */
export const anyMember: number = names.length;

/** Takes the names of the members of OTLP's JSON. */
export class OtlpMembers {
  readonly #names: JsonNames;

  constructor(json: JsonBytes) {
    this.#names = new JsonNames(json, names);
  }

  /** Takes a member's name and colon: its place, or `anyMember`. */
  take(before?: number): number {
    const is = this.#names.take(before);
    if (is >= otherSpellings && is < anyMember) throw unusual;
    return is;
  }
}
