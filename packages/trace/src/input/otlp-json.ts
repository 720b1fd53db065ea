import type { Attributes, Span, SpanEvent, SpanLink } from "../model.ts";
import { isNoId, isSpanId, isTraceId, readSpanId, readTraceId } from "./ids.ts";
import { OtlpResources } from "./otlp-resources.ts";
import { OtlpValues } from "./otlp-value.ts";
import type { Raw } from "./raw.ts";
import { isObject } from "./raw.ts";
import type { Reading } from "./reading.ts";
import { show } from "./reading.ts";
import { kindOf, noEvents, noLinks, statusOf } from "./span-parts.ts";
import { readNanos, readUsualNanos } from "./times.ts";

/** Names of the list of batches: OTLP's, protobuf's own, and Tempo's (answer of /api/traces/{id}). */
const batchLists = ["resourceSpans", "resource_spans", "batches"] as const;

/** Names of a batch's list of scopes: OTLP's, protobuf's own, and OTLP's before 0.15. */
const scopeLists = ["scopeSpans", "scope_spans", "instrumentationLibrarySpans"] as const;

/** Whether the document is OTLP's or Tempo's: has a list of batches, or holds one that has. */
export function isOtlpJson(document: unknown): document is Raw {
  return isObject(document) && (batchesOf(document) !== undefined || innerDocument(document) !== undefined);
}

/** The document as one of OTLP's, if it is one, or one or several of its batches alone; else undefined. */
export function otlpOf(document: unknown): Raw | undefined {
  if (isOtlpJson(document)) return document;
  if (isBatch(document)) return { resourceSpans: [document] };
  return Array.isArray(document) && document.some(isBatch) ? { resourceSpans: document } : undefined;
}

function isBatch(value: unknown): boolean {
  return isObject(value) && scopeLists.some((it) => Array.isArray(value[it]));
}

/**
 * Reads OTLP's JSON encoding of TracesData (OTLP specification 1.x, "JSON Protobuf Encoding") into spans; also Tempo's
 * answers (`batches`; `trace` in API v2) and those of Jaeger's API v3 (`result`), which are protobuf's own JSON mapping:
 * ids in base64, enums by name.
 *
 * Checked by hand, field by field: this runs once a span, and what is right must cost next to nothing.
 */
export class OtlpJsonReader {
  readonly #reading: Reading;
  /** Reads attributes and their values. */
  readonly values: OtlpValues;
  readonly #resources = new OtlpResources();

  constructor(reading: Reading) {
    this.#reading = reading;
    this.values = new OtlpValues(reading.texts);
  }

  /** Reads one document. */
  read(document: Raw, path = ""): void {
    const inner = innerDocument(document);
    const field = batchLists.find((it) => document[it] !== undefined);
    if (field === undefined && inner !== undefined) {
      this.read(document[inner] as Raw, `${path}${inner}.`);
      if (document.status === "PARTIAL") {
        const why = typeof document.message === "string" ? document.message : "no reason given";
        this.#reading.unreadable(`${path}status`, `is PARTIAL: this is not the whole trace (${why})`);
      }
      return;
    }
    const batches = field === undefined ? undefined : document[field];
    if (!Array.isArray(batches)) {
      this.#reading.unreadable(`${path}${field ?? "resourceSpans"}`, `${show(batches)}, and not a list`);
      return;
    }
    for (let i = 0; i < batches.length; i++) {
      this.#readBatch(batches[i], () => `${path}${field}.${i}`);
    }
  }

  #readBatch(batch: unknown, path: () => string): void {
    if (!isObject(batch)) {
      this.#reading.unreadable(path(), `${show(batch)}, and not an object`);
      return;
    }
    const resource = this.resource(batch.resource);
    const field = scopeLists.find((it) => batch[it] !== undefined);
    const scoped = field === undefined ? [] : batch[field];
    if (!Array.isArray(scoped)) {
      this.#reading.unreadable(`${path()}.${field}`, `${show(scoped)}, and not a list`);
      return;
    }
    for (let i = 0; i < scoped.length; i++) {
      this.#readScope(scoped[i], resource, () => `${path()}.${field}.${i}`);
    }
  }

  #readScope(scoped: unknown, resource: Attributes, path: () => string): void {
    if (!isObject(scoped)) {
      this.#reading.unreadable(path(), `${show(scoped)}, and not an object`);
      return;
    }
    const scope = this.scope(scoped.scope ?? scoped.instrumentationLibrary);
    const spans = scoped.spans ?? [];
    if (!Array.isArray(spans)) {
      this.#reading.unreadable(`${path()}.spans`, `${show(spans)}, and not a list`);
      return;
    }
    for (let i = 0; i < spans.length; i++) {
      const raw = spans[i] as unknown;
      if (isObject(raw)) {
        this.#readSpan(raw, resource, scope, path, i);
      } else {
        this.#reading.unreadable(`${path()}.spans.${i}`, `${show(raw)}, and not an object`);
      }
    }
  }

  /** The attributes of a batch's resource. */
  resource(resource: unknown): Attributes {
    const raw = isObject(resource) ? resource.attributes : undefined;
    return Array.isArray(raw)
      ? this.#resources.get(raw, () => this.values.attributes(raw, undefined))
      : this.values.attributes(raw, undefined);
  }

  /** The instrumentation scope of spans. */
  scope(raw: unknown): Span["scope"] {
    const name = isObject(raw) && typeof raw.name === "string" ? raw.name : "";
    const version = isObject(raw) && typeof raw.version === "string" ? raw.version : "";
    return this.#reading.scopes.get(`${name}\n${version}`, () => ({ name, ...(version ? { version } : {}) }));
  }

  #readSpan(raw: Raw, resource: Attributes, scope: Span["scope"], path: () => string, index: number): void {
    const reading = this.#reading;
    const rawTraceId = raw.traceId ?? raw.trace_id;
    const known = typeof rawTraceId === "string" ? reading.groups.known(rawTraceId) : undefined;
    const trace = known ?? (isTraceId(rawTraceId) ? rawTraceId : readTraceId(rawTraceId));
    if (trace === undefined) {
      reading.unreadable(`${path()}.spans.${index}.traceId`, `${show(rawTraceId)}, and not a trace id`);
      return;
    }
    const traceId = typeof trace === "string" ? trace : trace.id;
    const rawSpanId = raw.spanId ?? raw.span_id;
    const read = isSpanId(rawSpanId) ? rawSpanId : readSpanId(rawSpanId);
    if (read === undefined) {
      reading.unreadable(`${path()}.spans.${index}.spanId`, `${show(rawSpanId)}, and not a span id`, traceId);
      return;
    }
    const spanId = typeof read === "string" ? read : read.id;
    if (typeof trace !== "string" || typeof read !== "string") {
      reading.noteIds(
        traceId,
        spanId,
        typeof trace === "string" ? undefined : trace,
        typeof read === "string" ? undefined : read,
      );
    }
    const parentSpanId = this.#parent(raw.parentSpanId ?? raw.parent_span_id, traceId, spanId);
    const startNs = this.#time(raw.startTimeUnixNano ?? raw.start_time_unix_nano, traceId, spanId);
    const endNs = this.#time(raw.endTimeUnixNano ?? raw.end_time_unix_nano, traceId, spanId);
    const kind = kindOf(raw.kind);
    this.values.odd = false;
    const attributes = this.values.attributes(raw.attributes, reading.keep);
    const events = raw.events === undefined ? noEvents : this.events(raw.events);
    const links = raw.links === undefined ? noLinks : this.links(raw.links);
    if (this.values.odd) {
      reading.note(traceId, "unreadable-value", spanId, `${reading.place}: ${path()}.spans.${index}`);
    }
    const name = typeof raw.name === "string" ? reading.texts.text(raw.name) : "";
    const status = usualStatus(raw.status) ?? this.#oddStatus(raw.status, traceId, spanId);
    reading.add(
      parentSpanId === undefined
        ? { traceId, spanId, name, kind, startNs, endNs, status, attributes, resource, scope, events, links }
        : // biome-ignore format: as above
          { traceId, spanId, parentSpanId, name, kind, startNs, endNs, status, attributes, resource, scope, events, links },
    );
  }

  #parent(raw: unknown, traceId: string, spanId: string): string | undefined {
    if (isSpanId(raw)) return raw;
    if (isNoId(raw)) return undefined;
    const parent = readSpanId(raw);
    if (parent === undefined) {
      this.#reading.note(traceId, "unreadable-value", spanId, `its parentSpanId ${show(raw)}`);
    } else {
      this.#reading.noteIds(traceId, spanId, parent);
    }
    return parent?.id;
  }

  #time(raw: unknown, traceId: string, spanId: string): bigint {
    const usual = readUsualNanos(raw);
    if (usual !== undefined) {
      return usual;
    }
    const time = readNanos(raw);
    if (time === undefined) {
      this.#reading.note(traceId, "unreadable-value", spanId, `a time of it ${show(raw)}`);
      return 0n;
    }
    if (time.odd !== undefined) {
      this.#reading.note(traceId, time.odd, spanId);
    }
    return time.ns;
  }

  /** A status that is not written as OTLP has it, where there is no doubt what is meant. */
  #oddStatus(raw: unknown, traceId: string, spanId: string): Span["status"] {
    const { code, message } = isObject(raw) ? raw : { code: raw };
    const name = String(code ?? "")
      .replace(/^STATUS_CODE_/i, "")
      .toLowerCase();
    const status = { error: "error", 2: "error", ok: "ok", 1: "ok", unset: "unset", 0: "unset" }[name];
    if (status === undefined) {
      this.#reading.note(traceId, "unreadable-value", spanId, `its status ${show(raw)}`);
      return statusOf("unset");
    }
    this.#reading.note(traceId, "odd-status", spanId);
    return statusOf(status as Span["status"]["code"], typeof message === "string" ? message : undefined);
  }

  /** Events of a span; `values.odd` says whether they are odd. */
  events(raw: unknown): SpanEvent[] {
    const events: SpanEvent[] = [];
    for (const it of this.#list(raw)) {
      if (!isObject(it)) {
        this.values.odd = true;
        continue;
      }
      const rawTime = it.timeUnixNano ?? it.time_unix_nano;
      const timeNs = readUsualNanos(rawTime) ?? readNanos(rawTime)?.ns;
      this.values.odd ||= timeNs === undefined;
      events.push({
        name: typeof it.name === "string" ? this.#reading.texts.text(it.name) : "",
        timeNs: timeNs ?? 0n,
        attributes: this.values.attributes(it.attributes, this.#reading.keep),
      });
    }
    return events;
  }

  /** Links of a span; `values.odd` says whether they are odd. */
  links(raw: unknown): SpanLink[] {
    const links: SpanLink[] = [];
    for (const it of this.#list(raw)) {
      const traceId = isObject(it) ? readTraceId(it.traceId ?? it.trace_id)?.id : undefined;
      const spanId = isObject(it) ? readSpanId(it.spanId ?? it.span_id)?.id : undefined;
      if (!isObject(it) || traceId === undefined || spanId === undefined) {
        this.values.odd = true;
        continue;
      }
      const attributes = this.values.attributes(it.attributes, this.#reading.keep);
      links.push({ traceId, spanId, attributes });
    }
    return links;
  }

  #list(raw: unknown): readonly unknown[] {
    this.values.odd ||= raw !== null && !Array.isArray(raw);
    return Array.isArray(raw) ? raw : [];
  }
}

/** A status as OTLP or protobuf's own JSON mapping writes it; undefined when it is written in another way. */
export function usualStatus(raw: unknown): Span["status"] | undefined {
  if (raw === undefined || raw === null) {
    return statusOf("unset");
  }
  if (!isObject(raw)) {
    return undefined;
  }
  const message = typeof raw.message === "string" ? raw.message : undefined;
  switch (raw.code) {
    case 2:
    case "STATUS_CODE_ERROR":
      return statusOf("error", message);
    case 1:
    case "STATUS_CODE_OK":
      return statusOf("ok", message);
    case undefined:
    case null:
    case 0:
    case "STATUS_CODE_UNSET":
      return statusOf("unset", message);
    default:
      return undefined;
  }
}

function batchesOf(document: Raw): unknown {
  return document.resourceSpans ?? document.resource_spans ?? document.batches;
}

function innerDocument(document: Raw): "trace" | "result" | undefined {
  return (["trace", "result"] as const).find((it) => {
    const inner = document[it];
    return isObject(inner) && (batchesOf(inner) !== undefined || Object.keys(inner).length === 0);
  });
}
