import type { Span } from "../model.ts";
import { serviceOf } from "../service-name.ts";
import { joinCopies } from "./copies.ts";
import type { QuirkNotes } from "./quirks.ts";
import { note, unnote } from "./quirks.ts";
import { settleKinds } from "./settle-kinds.ts";

/**
 * Makes the span ids of a trace unique and says what is odd about its shape. The result does not depend on the order
 * of the spans.
 *
 * - The same span twice (Tempo may hold two copies while it moves a trace to disk) is kept once.
 * - A CLIENT and a SERVER span with one id (Zipkin's shared spans, B3 "join") are two ends of one call: the SERVER
 *   span gets an id of its own, below the CLIENT span, and takes the children that its service made.
 * - Such a SERVER span without its CLIENT span stays as it is, and is reported.
 * - A record without times, beside one of the same service with times, is a further part of that span (Zipkin's tracers
 *   may report a span in parts); what it says is added to that one.
 * - Copies of one span that differ in what was added to them on their way are kept once (see `joinCopies`).
 * - Other spans with one id are all kept; all but the first in time get an id of their own.
 *
 * Spans without a kind are given one where their place tells it (see `settleKinds`).
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
  const settled = clashes.size === 0 ? spans : settleClashes(spans, byId, clashes, shared, notes);
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
  settleKinds(settled, byId, notes);
  return settled;
}

/** @param byId the spans of the trace by id; brought up to date. */
function settleClashes(
  spans: Span[],
  byId: Map<string, Span>,
  clashes: Map<string, Span[]>,
  sharing: ReadonlySet<Span>,
  notes: QuirkNotes,
): Span[] {
  /** By shared id: the server's half under its new id. */
  const servers = new Map<string, { server: Span; clientService: string }>();
  const receivers = new Set<Span>();
  const added: Span[] = [];
  for (const [spanId, clash] of clashes) {
    const different = distinct(clash);
    if (different.length < clash.length) {
      note(notes, "duplicate-span", spanId);
    }
    const [first, ...others] = joinCopies(joinParts(different, notes), sharing, notes) as [Span, ...Span[]];
    byId.set(spanId, first);
    for (const [i, other] of others.entries()) {
      // A message has one sender and may have several receivers, which all say that they share the id.
      const shared =
        first.kind === "client" && other.kind === "server" && (!servers.has(spanId) || sharing.has(other));
      const renamed: Span = {
        ...other,
        spanId: derivedId(spanId, i, byId),
        originalSpanId: spanId,
        ...(shared ? { parentSpanId: spanId } : {}),
      };
      if (shared && !servers.has(spanId)) {
        servers.set(spanId, { server: renamed, clientService: serviceOf(first) });
      }
      note(notes, shared ? "shared-span-id" : "conflicting-span", renamed.spanId);
      byId.set(renamed.spanId, renamed);
      added.push(renamed);
      if (shared) receivers.add(renamed);
    }
  }
  const kept = spans.filter((it) => !clashes.has(it.spanId));
  const firsts = [...clashes.keys()].map((it) => byId.get(it) as Span);
  return [...kept, ...firsts, ...added].map((span) => {
    const shared = span.parentSpanId === undefined ? undefined : servers.get(span.parentSpanId);
    // Who calls on is the server, unless only the client can have made it.
    const ofServer =
      shared !== undefined &&
      !receivers.has(span) &&
      (serviceOf(span) === serviceOf(shared.server) || serviceOf(span) !== shared.clientService);
    if (!ofServer) {
      return span;
    }
    const child: Span = { ...span, parentSpanId: shared.server.spanId };
    byId.set(child.spanId, child);
    return child;
  });
}

/** Puts the parts of one span together, among different records of one id; keeps their order. */
function joinParts(records: Span[], notes: QuirkNotes): Span[] {
  const isPart = (it: Span) => it.startNs === 0n && it.endNs === 0n;
  const wholes = records.filter((it) => !isPart(it));
  return records.filter((part) => {
    const whole = isPart(part) ? wholes.find((it) => isPartOf(part, it)) : undefined;
    if (whole === undefined) return true;
    whole.name ||= part.name;
    whole.attributes = { ...part.attributes, ...whole.attributes };
    whole.events = [...whole.events, ...part.events];
    note(notes, "span-in-parts", part.spanId);
    // Its times stand in the other part.
    unnote(notes, "no-time", part.spanId);
    return false;
  });
}

function isPartOf(part: Span, whole: Span): boolean {
  const isKind = part.kind === whole.kind || part.kind === "internal" || part.kind === "unspecified";
  const isService = serviceOf(part) === serviceOf(whole) || part.resource["service.name"] === undefined;
  return isKind && isService;
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
    const id = hashOf(`${spanId}/${place}/${salt}`);
    if (!taken.has(id)) {
      return id;
    }
  }
}

/** 64 bits in hexadecimal digits that tell texts apart (FNV-1a, draft-eastlake-fnv), the same in every run and browser. */
function hashOf(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, "0");
}
