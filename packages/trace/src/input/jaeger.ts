import type { Attributes, AttributeValue, Span, SpanEvent, SpanLink } from "../model.ts";
import { readSpanId, readTraceId } from "./ids.ts";
import type { Raw } from "./raw.ts";
import { isObject } from "./raw.ts";
import type { Keep, Reading } from "./reading.ts";
import { show } from "./reading.ts";
import { kindOf, noAttributes, noEvents, noLinks, setAttribute, statusOf } from "./span-parts.ts";
import { readMicros, readMicrosTime } from "./times.ts";

/** The keys of the tags that become something else than an attribute, and of the fields that name an event. */
export const readTags: readonly string[] = [
  ...["span.kind", "error", "otel.status_code", "otel.status_description"],
  ...["otel.scope.name", "otel.scope.version", "otel.library.name", "otel.library.version"],
  ...["event", "message"],
];

/** Jaeger's traces in a document: its API's answer and its UI's download ({data: […]}), a list of traces, or one. */
export function jaegerTracesOf(document: unknown): { traces: unknown[]; path: string } | undefined {
  if (isObject(document)) {
    if (Array.isArray(document.data) && (document.data.length === 0 || document.data.some(isJaegerTrace))) {
      return { traces: document.data, path: "data." };
    }
    if (isJaegerTrace(document.data)) {
      return { traces: [document.data], path: "data." };
    }
    if (isJaegerTrace(document)) {
      return { traces: [document], path: "" };
    }
  }
  if (Array.isArray(document) && document.some(isJaegerTrace)) {
    return { traces: document, path: "" };
  }
  return storedSpansOf(document);
}

/**
 * The spans that Jaeger keeps in Elasticsearch and OpenSearch: what a search of theirs answers (`hits.hits`), documents with
 * what is around them (`_source`) as dumps have them, or the documents themselves; each as a trace of one span.
 */
function storedSpansOf(document: unknown): { traces: unknown[]; path: string } | undefined {
  const hits = isObject(document) && isObject(document.hits) ? document.hits.hits : undefined;
  const list: unknown[] = Array.isArray(hits) ? hits : Array.isArray(document) ? document : [document];
  const sources = list.map((it) => (isObject(it) && "_source" in it ? it._source : it));
  if (!sources.some(isStoredSpan)) return undefined;
  return {
    traces: sources.map((it) => (isStoredSpan(it) ? { spans: [it] } : it)),
    path: hits === undefined ? "" : "hits.hits.",
  };
}

/** Jaeger's plugin/storage/es/spanstore/dbmodel/model.go, Span: unlike in its API, the process is in it. */
function isStoredSpan(value: unknown): boolean {
  return isObject(value) && "spanID" in value && "operationName" in value && isObject(value.process);
}

function isJaegerTrace(value: unknown): boolean {
  if (!isObject(value) || !Array.isArray(value.spans)) {
    return false;
  }
  // Others have lists of spans, too; the spelling of the ids is Jaeger's own.
  return "traceID" in value || (value.spans as unknown[]).some((it) => isObject(it) && "spanID" in it);
}

/**
 * Reads traces in the JSON of Jaeger's query API (GET /api/traces/{id}), which its UI downloads too, and the spans that it keeps in
 * Elasticsearch; times in both are microseconds. Tags become what OpenTelemetry has fields for, as Jaeger's own translation to OTLP does: span.kind,
 * error and otel.status_code, otel.scope.name; they are kept as attributes as well.
 */
export class JaegerReader {
  readonly #reading: Reading;
  /** The keys of the tags that are looked at here or kept; all when undefined. */
  readonly #wanted: Keep;

  constructor(reading: Reading) {
    this.#reading = reading;
    this.#wanted = reading.keep && new Set([...reading.keep, ...readTags]);
  }

  read({ traces, path }: { traces: unknown[]; path: string }): void {
    for (const [i, trace] of traces.entries()) {
      if (!isObject(trace) || !Array.isArray(trace.spans)) {
        this.#reading.unreadable(`${path}${i}`, `${show(trace)}, and not a trace of Jaeger's`);
        continue;
      }
      const processes = new Map<unknown, Attributes>();
      for (const [key, process] of Object.entries(isObject(trace.processes) ? trace.processes : {})) {
        processes.set(key, this.resource(process));
      }
      for (const [j, span] of (trace.spans as unknown[]).entries()) {
        this.#readSpan(span, trace.traceID, processes, `${path}${i}.spans.${j}`);
      }
    }
  }

  #readSpan(raw: unknown, outerTraceId: unknown, processes: Map<unknown, Attributes>, path: string): void {
    const reading = this.#reading;
    if (!isObject(raw)) {
      reading.unreadable(path, `${show(raw)}, and not an object`);
      return;
    }
    const trace = readTraceId(raw.traceID ?? outerTraceId);
    const span = readSpanId(raw.spanID);
    if (trace === undefined || span === undefined) {
      const [field, value] = trace === undefined ? ["traceID", raw.traceID] : ["spanID", raw.spanID];
      reading.unreadable(`${path}.${field}`, `${show(value)}, and not an id`, trace?.id);
      return;
    }
    const [traceId, spanId] = [trace.id, span.id];
    reading.noteIds(traceId, spanId, trace, span);
    const odd = (what: string) =>
      reading.note(traceId, "unreadable-value", spanId, `${reading.place}: ${path}.${what}`);
    const time = readMicrosTime(raw.startTime) ?? odd("startTime") ?? { ns: 0n };
    if (time.odd) {
      reading.note(traceId, time.odd, spanId);
    }
    const isOpen = raw.duration === undefined || raw.duration === null;
    const duration = isOpen ? undefined : (readMicros(raw.duration) ?? odd("duration"));
    const tags = {
      ...this.#tags(raw.tags, () => odd("tags"), this.#wanted),
      ...this.#fields(raw.tag),
    };
    const resource =
      processes.get(raw.processID) ?? (isObject(raw.process) ? this.resource(raw.process) : noAttributes);
    const { parentSpanId, links } = this.references(raw, traceId, () => odd("references"));
    if (Array.isArray(raw.warnings)) {
      for (const warning of raw.warnings) {
        reading.note(traceId, "tool-warning", spanId, String(warning).slice(0, 200));
      }
    }
    reading.add({
      traceId,
      spanId,
      ...(parentSpanId === undefined ? {} : { parentSpanId }),
      name: typeof raw.operationName === "string" ? reading.texts.text(raw.operationName) : "",
      kind: kindOf(tags["span.kind"]),
      startNs: time.ns,
      // A duration from a start that nobody knows says no end.
      endNs: duration === undefined || time.ns <= 0n ? 0n : time.ns + duration,
      status: this.status(tags),
      attributes: reading.keepOf(tags),
      resource,
      scope: this.scope(tags, resource),
      events: this.events(raw.logs, () => odd("logs")),
      links,
    });
  }

  /** What a process says, as the resource of its spans. */
  resource(raw: unknown): Attributes {
    if (!isObject(raw)) {
      return noAttributes;
    }
    return this.#reading.resources.get(JSON.stringify(raw), () => {
      const tags = { ...this.#tags(raw.tags, () => {}), ...this.#fields(raw.tag) };
      return {
        ...(typeof raw.serviceName === "string" ? { "service.name": raw.serviceName } : {}),
        // As Jaeger's own clients call it.
        ...(typeof tags.hostname === "string" ? { "host.name": tags.hostname } : {}),
        ...tags,
      };
    });
  }

  /** CHILD_OF is the parent; FOLLOWS_FROM is one if there is no other. The rest are links. */
  references(raw: Raw, traceId: string, odd: () => void): { parentSpanId?: string; links: SpanLink[] } {
    const references = raw.references ?? [];
    if (!Array.isArray(references)) {
      odd();
      return { links: noLinks };
    }
    const read = references.flatMap((it: unknown) => {
      const [trace, span] = isObject(it)
        ? [readTraceId(it.traceID ?? traceId)?.id, readSpanId(it.spanID)?.id]
        : [];
      if (trace === undefined || span === undefined) {
        odd();
        return [];
      }
      return [{ type: (it as Raw).refType, traceId: trace, spanId: span }];
    });
    const inTrace = read.filter((it) => it.traceId === traceId);
    const parent = inTrace.find((it) => it.type === "CHILD_OF") ?? inTrace[0];
    const links = read
      .filter((it) => it !== parent)
      .map((it) => ({ traceId: it.traceId, spanId: it.spanId, attributes: {} }));
    const parentSpanId = parent?.spanId ?? readSpanId(raw.parentSpanID)?.id;
    return {
      ...(parentSpanId === undefined ? {} : { parentSpanId }),
      links: links.length > 0 ? links : noLinks,
    };
  }

  /** A span's logs as its events. */
  events(raw: unknown, odd: () => void): SpanEvent[] {
    if (raw === undefined || raw === null || (Array.isArray(raw) && raw.length === 0)) {
      return noEvents;
    }
    if (!Array.isArray(raw)) {
      odd();
      return noEvents;
    }
    return raw.filter(isObject).map((it) => {
      const fields = this.#tags(it.fields, odd, this.#wanted);
      const name = fields.event ?? fields.message ?? "";
      const time = readMicrosTime(it.timestamp);
      if (time === undefined) odd();
      return {
        name: typeof name === "string" ? name : String(name),
        timeNs: time?.ns ?? 0n,
        attributes: this.#reading.keepOf(fields),
      };
    });
  }

  /** @param wanted the keys to take; all when undefined. */
  #tags(raw: unknown, odd: () => void, wanted?: Keep): Attributes {
    const attributes: Attributes = {};
    if (raw === undefined || raw === null) {
      return attributes;
    }
    if (!Array.isArray(raw)) {
      odd();
      return attributes;
    }
    for (const tag of raw) {
      if (isObject(tag) && typeof tag.key === "string") {
        if (wanted === undefined || wanted.has(tag.key))
          setAttribute(attributes, tag.key, this.#value(tag, odd));
      } else {
        odd();
      }
    }
    return attributes;
  }

  /** Tags that Elasticsearch has as fields (`--es.tags-as-fields.all`); their names have `@` in the place of dots. */
  #fields(raw: unknown): Attributes {
    const attributes: Attributes = {};
    for (const [key, value] of Object.entries(isObject(raw) ? raw : {})) {
      setAttribute(
        attributes,
        key.replaceAll("@", "."),
        this.#value({ value }, () => {}),
      );
    }
    return attributes;
  }

  #value({ type, value }: Raw, odd: () => void): AttributeValue {
    if (typeof value === "string") {
      if (type === "int64" || type === "float64") {
        const number = Number(value);
        if (type === "int64" && /^-?\d{1,19}$/.test(value) && !Number.isSafeInteger(number))
          return BigInt(value);
        if (value !== "" && Number.isFinite(number)) return number;
      }
      if (type === "bool" && (value === "true" || value === "false")) return value === "true";
      return this.#reading.texts.text(value);
    }
    if (typeof value === "number" || typeof value === "boolean" || value === null) {
      return value;
    }
    odd();
    return value === undefined ? null : JSON.stringify(value);
  }

  /** Of the span's tags, or of its process, where Jaeger 1.57 puts it for what came as OTLP. */
  scope(tags: Attributes, resource: Attributes): Span["scope"] {
    const said = (what: "name" | "version", of: Attributes) =>
      of[`otel.scope.${what}`] ?? of[`otel.library.${what}`];
    const name = said("name", tags) ?? said("name", resource);
    const version = said("version", tags) ?? said("version", resource);
    return this.#reading.scopes.get(`${name ?? ""}\n${version ?? ""}`, () => ({
      name: typeof name === "string" ? name : "",
      ...(typeof version === "string" && version !== "" ? { version } : {}),
    }));
  }

  /** What a span's tags say of its status. */
  status(tags: Attributes): Span["status"] {
    const text = tags["otel.status_description"];
    const message = typeof text === "string" ? text : undefined;
    const raw = tags["otel.status_code"];
    const code = typeof raw === "string" ? raw.toUpperCase() : undefined;
    if (code === "ERROR" || tags.error === true || tags.error === "true") {
      return statusOf("error", message);
    }
    return statusOf(code === "OK" ? "ok" : "unset", message);
  }
}
