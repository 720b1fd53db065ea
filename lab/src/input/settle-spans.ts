import { createHash } from "node:crypto";
import { type Span, serviceOf } from "../trace/model.ts";
import { note, type QuirkNotes } from "./quirks.ts";

/**
 * Makes the span ids of a trace unique and tells what is odd about its shape. The result does not depend on the order
 * of the spans.
 *
 * - The same span twice (Tempo may hold two copies while it moves a trace to disk) is kept once.
 * - A CLIENT and a SERVER span with one id (Zipkin's shared spans, B3 "join") are two ends of one call: the SERVER
 *   span gets an id of its own, below the CLIENT span, and takes the children that its service made.
 * - Such a SERVER span without its CLIENT span stays as it is, and is told.
 * - Other spans with one id are all kept; all but the first in time get an id of their own.
 *
 * @param shared the spans that say of themselves that they share their id.
 */
export function settleSpans(spans: Span[], shared: ReadonlySet<Span>, notes: QuirkNotes): Span[] {
  const byId = new Map<string, Span>();
  const clashes = new Map<string, Span[]>();
  for (const span of spans) {
    const other = byId.get(span.spanId);
    if (other === undefined) {
      byId.set(span.spanId, span);
    } else {
      const clash = clashes.get(span.spanId);
      if (clash === undefined) {
        clashes.set(span.spanId, [other, span]);
      } else {
        clash.push(span);
      }
    }
  }
  const settled = clashes.size === 0 ? spans : settleClashes(spans, byId, clashes, notes);
  for (const { spanId } of shared) {
    if (!clashes.has(spanId)) {
      note(notes, "half-shared-span", spanId);
    }
  }
  for (const { spanId, parentSpanId } of settled) {
    if (parentSpanId !== undefined && !byId.has(parentSpanId)) {
      note(notes, "missing-parent", spanId);
    }
  }
  return settled;
}

/** @param byId the spans of the trace by id; brought up to date. */
function settleClashes(
  spans: Span[],
  byId: Map<string, Span>,
  clashes: Map<string, Span[]>,
  notes: QuirkNotes,
): Span[] {
  /** By shared id: the server's half under its new id. */
  const servers = new Map<string, { server: Span; clientService: string }>();
  const added: Span[] = [];
  for (const [spanId, clash] of clashes) {
    const [first, ...others] = distinct(clash);
    if (first === undefined || others.length === 0) {
      note(notes, "duplicate-span", spanId);
      continue;
    }
    if (others.length + 1 < clash.length) {
      note(notes, "duplicate-span", spanId);
    }
    byId.set(spanId, first);
    for (const [i, other] of others.entries()) {
      const shared = first.kind === "client" && other.kind === "server" && !servers.has(spanId);
      const moved: Span = {
        ...other,
        spanId: derivedId(spanId, i, byId),
        originalSpanId: spanId,
        ...(shared ? { parentSpanId: spanId } : {}),
      };
      if (shared) {
        servers.set(spanId, { server: moved, clientService: serviceOf(first) });
      }
      note(notes, shared ? "shared-span-id" : "conflicting-span", moved.spanId);
      byId.set(moved.spanId, moved);
      added.push(moved);
    }
  }
  const kept = spans.filter((it) => !clashes.has(it.spanId));
  const firsts = [...clashes.keys()].map((it) => byId.get(it) as Span);
  return [...kept, ...firsts, ...added].map((span) => {
    const shared = span.parentSpanId === undefined ? undefined : servers.get(span.parentSpanId);
    // Who calls on is the server, unless only the client can have made it.
    const ofServer =
      shared !== undefined &&
      span !== shared.server &&
      (serviceOf(span) === serviceOf(shared.server) || serviceOf(span) !== shared.clientService);
    if (!ofServer) {
      return span;
    }
    const child: Span = { ...span, parentSpanId: shared.server.spanId };
    byId.set(child.spanId, child);
    return child;
  });
}

/** The different ones among spans of one id: CLIENT spans first, then by start, end and content. */
function distinct(spans: Span[]): Span[] {
  const byContent = new Map(spans.map((span) => [contentOf(span), span]));
  return [...byContent]
    .sort(([a, x], [b, y]) => {
      if ((x.kind === "client") !== (y.kind === "client")) return x.kind === "client" ? -1 : 1;
      if (x.startNs !== y.startNs) return x.startNs < y.startNs ? -1 : 1;
      if (x.endNs !== y.endNs) return x.endNs > y.endNs ? -1 : 1;
      return a < b ? -1 : 1;
    })
    .map(([, span]) => span);
}

/** All of a span as text, the same whatever order its attributes have. */
function contentOf(span: Span): string {
  return JSON.stringify(span, (_key, value: unknown) => {
    if (typeof value === "bigint") {
      return `${value}n`;
    }
    return value !== null && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  });
}

/** A new id that depends on nothing but the old one and the place among those that have it. */
function derivedId(spanId: string, place: number, taken: Map<string, Span>): string {
  for (let salt = 0; ; salt++) {
    const id = createHash("sha256").update(`${spanId}/${place}/${salt}`).digest("hex").slice(0, 16);
    if (!taken.has(id)) {
      return id;
    }
  }
}
