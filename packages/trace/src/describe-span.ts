import { duration } from "./duration.ts";
import type { Attributes, AttributeValue, Span, Trace } from "./model.ts";
import { durationNs } from "./model.ts";
import type { Origins } from "./origins.ts";
import { originsOf } from "./origins.ts";
import { printable } from "./printable.ts";
import { serviceOf } from "./service-name.ts";
import { meaningOf } from "./span-glossary.ts";
import { wrapLines } from "./text.ts";
import { padText, shorten, textWidth } from "./text-width.ts";
import { childrenOf, structureOf } from "./trace-structure.ts";

/** The widest that keys and values are padded to, in columns: longer ones stand out alone. */
const widestKey = 32;
const widestValue = 44;

/** How many children of a span are named. */
const namedChildren = 10;

/**
 * All that a span says, in words: who made it and how that is known, when, how long and how much of that was its own, what is
 * above and below it, what came of it, and its attributes, events and links, with what the well-known ones mean.
 *
 * @param width how wide it is set, in columns.
 */
export function describeSpan(
  trace: Trace,
  span: Span,
  { origins = originsOf(trace), width }: { origins?: Origins; width: number },
): string {
  const structure = structureOf(trace);
  const place = structure.places.get(span.spanId) as number;
  const parent = structure.spans[structure.parent[place] as number];
  const children = [...childrenOf(structure, place)].map((it) => structure.spans[it] as Span);
  const label = (it: Span) =>
    printable([serviceOf(it), origins(it).direction, it.kind.toUpperCase()].filter(Boolean).join(" "));
  const { role, evidence } = origins(span);
  const began = trace.spans.reduce((min, { startNs }) => (startNs < min ? startNs : min), span.startNs);
  const facts: [string, string][] = [
    ["what", printable(span.name)],
    [
      "who",
      `${label(span)}: ${role === "proxy" ? "a proxy" : "an application"} (${evidence.map(printable).join("; ")})`,
    ],
    ["began", `${timeOf(span.startNs)}, ${duration(Number(span.startNs - began))} after the trace`],
    [
      "took",
      `${duration(Number(durationNs(span)))}, ${duration(ownTime(span, children))} of it without a child`,
    ],
    ["parent", parentOf(span, parent && label(parent))],
    ["children", childrenInWords(children.map((it) => `${label(it)} ${it.spanId}`))],
    ["status", statusOf(span)],
    [
      "made by",
      printable([span.scope.name, span.scope.version].filter(Boolean).join(" ")) || "no library says so",
    ],
  ];
  return [
    wrapLines(`span ${span.spanId} of trace ${span.traceId}`, width),
    "",
    ...facts.map(([name, words]) => hanging(`${name.padEnd(9)} `, words, width)),
    ...block("attributes: what it says", span.attributes, width),
    ...block("resource: what is said of its maker", span.resource, width),
    ...span.events.flatMap((it) =>
      block(
        `event ${printable(it.name)}, ${duration(Number(it.timeNs - span.startNs))} after it began`,
        it.attributes,
        width,
      ),
    ),
    ...span.links.flatMap((it) =>
      block(`link to span ${printable(it.spanId)} of trace ${printable(it.traceId)}`, it.attributes, width),
    ),
    "",
  ].join("\n");
}

/** What a span says beyond the line that draws it: a line for its id, status, each attribute, event and link. */
export function spanDetails(span: Span): string[] {
  const attributes = (of: Attributes) =>
    Object.entries(of).map(([key, it]) => `${printable(key)} = ${textOf(it)}`);
  const within = (of: Attributes) => (Object.keys(of).length > 0 ? ` (${attributes(of).join(", ")})` : "");
  return [
    `span ${span.spanId}`,
    ...(span.status.code === "unset" ? [] : [`status ${statusOf(span)}`]),
    ...attributes(span.attributes),
    ...span.events.map(
      (it) =>
        `event ${printable(it.name)} after ${duration(Number(it.timeNs - span.startNs))}${within(it.attributes)}`,
    ),
    ...span.links.map(
      (it) =>
        `link to span ${printable(it.spanId)} of trace ${printable(it.traceId)}${within(it.attributes)}`,
    ),
  ];
}

function statusOf({ status: { code, message } }: Span): string {
  const words = { unset: "unset: nobody called it an error", ok: "ok", error: "error" }[code];
  return message ? `${words}: ${printable(message)}` : words;
}

function parentOf(span: Span, label: string | undefined): string {
  if (span.parentSpanId === undefined) return "none: the trace begins here";
  return label === undefined ? `${span.parentSpanId}, which is missing` : `${label} ${span.parentSpanId}`;
}

function childrenInWords(children: readonly string[]): string {
  const more = children.length - namedChildren;
  const named = children.slice(0, namedChildren).join(", ");
  return children.length === 0 ? "none" : more > 0 ? `${named} and ${more} more` : named;
}

/** Nanoseconds of a span in which none of its children ran; what went on elsewhere cannot be told from waiting. */
function ownTime(span: Span, children: readonly Span[]): number {
  let own = 0n;
  let at = span.startNs;
  for (const { startNs, endNs } of children.toSorted((a, b) => (a.startNs < b.startNs ? -1 : 1))) {
    const until = startNs < span.endNs ? startNs : span.endNs;
    if (until > at) {
      own += until - at;
      at = until;
    }
    if (endNs > at) at = endNs;
  }
  return Number(own + (span.endNs > at ? span.endNs - at : 0n));
}

/** A point in time, to the microsecond, in UTC. */
function timeOf(ns: bigint): string {
  const ms = ns / 1_000_000n;
  // Beyond what a Date holds, it is a mistake of who made the span.
  if (ms > 8_640_000_000_000_000n) return `${ns} ns after 1970`;
  const micros = `${(ns / 1000n) % 1000n}`.padStart(3, "0");
  return new Date(Number(ms)).toISOString().replace("T", " ").replace("Z", `${micros} UTC`);
}

function textOf(value: AttributeValue): string {
  if (value === "") return "(empty)";
  if (typeof value !== "object" || value === null) return printable(`${value}`);
  return printable(JSON.stringify(value, (_, it: unknown) => (typeof it === "bigint" ? `${it}` : it)));
}

function block(title: string, attributes: Attributes, width: number): string[] {
  const rows = Object.entries(attributes).map(
    ([key, value]) => [printable(key), textOf(value), meaningOf(key, value) ?? ""] as const,
  );
  const widest = (column: 0 | 1, limit: number) =>
    Math.min(
      limit,
      rows.reduce((max, row) => Math.max(max, textWidth(row[column])), 0),
    );
  const [keys, values] = [widest(0, Math.min(widestKey, Math.floor(width / 3))), widest(1, widestValue)];
  const lines = rows.map(([key, value, meaning]) => {
    const lead = `  ${padText(shorten(key, keys), keys)}  `;
    const isPadded = meaning !== "" && textWidth(lead) + values + 2 + textWidth(meaning) <= width;
    return isPadded && textWidth(value) <= values
      ? `${lead}${padText(value, values)}  ${meaning}`
      : hanging(lead, meaning === "" ? value : `${value}  (${meaning})`, width);
  });
  return ["", wrapLines(title, width), ...(rows.length > 0 ? lines : ["  nothing"])];
}

/** A text behind a lead, whose further lines begin below its first. */
function hanging(lead: string, text: string, width: number): string {
  const indent = textWidth(lead);
  const [first = "", ...others] = wrapLines(text, width - indent).split("\n");
  return [`${lead}${first}`, ...others.map((it) => " ".repeat(indent) + it)].join("\n");
}
