import type { Attributes, Span, SpanEvent, SpanLink } from "../model.ts";
import { latin1 } from "./bytes.ts";
import { readSpanId, readTraceId } from "./ids.ts";
import { readProtoAttribute } from "./otlp-proto-value.ts";
import type { Reading } from "./reading.ts";
import { show } from "./reading.ts";
import { kindOf, noAttributes, noEvents, noLinks, statusOf } from "./span-parts.ts";
import { inNanos } from "./times.ts";
import { WireReader } from "./wire.ts";

/**
 * Reads OTLP's protobuf encoding of TracesData, which is that of ExportTraceServiceRequest and of Tempo's Trace too
 * (opentelemetry-proto 1.x, trace.proto; the field numbers below are from there).
 */
export class OtlpProtoReader {
  readonly #reading: Reading;
  #wire = new WireReader(new Uint8Array(0));

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  /**
   * Reads one message; also Tempo's answer of API v2, which has the message in its field 1. Spans that stand before the place where it is cut off or broken are kept.
   *
   * @returns whether it was whole.
   * @throws {WireError} when it is no protobuf.
   */
  read(bytes: Uint8Array): boolean {
    const before = this.#reading.groups.spanCount;
    const whole = this.#readData(bytes);
    if (this.#reading.groups.spanCount > before) {
      return whole;
    }
    const inner = new WireReader(bytes);
    return inner.next() && inner.field === 1 ? this.#readData(inner.slice()) && whole : whole;
  }

  /** TracesData: resource_spans 1. */
  #readData(bytes: Uint8Array): boolean {
    const wire = new WireReader(bytes);
    this.#wire = wire;
    while (wire.next()) {
      if (wire.field === 1) {
        this.#readBatch();
      } else {
        wire.skip();
      }
    }
    return !wire.cut;
  }

  /** ResourceSpans: resource 1, scope_spans 2 (and 1000, which was in use before 2022). */
  #readBatch(): void {
    const wire = this.#wire;
    const outer = wire.enter();
    const start = wire.position;
    // The resource usually comes first, but need not; it is needed before any span.
    let resource = noAttributes;
    while (wire.next()) {
      if (wire.field === 1) resource = this.#resource();
      else wire.skip();
    }
    wire.position = start;
    while (wire.next()) {
      if (wire.field === 2 || wire.field === 1000) this.#readScope(resource);
      else wire.skip();
    }
    wire.leave(outer);
  }

  #resource(): Attributes {
    const bytes = this.#wire.slice();
    return this.#reading.resources.get(latin1(bytes), () => {
      const outer = this.#wire;
      const inner = new WireReader(bytes);
      const attributes: Attributes = {};
      this.#wire = inner;
      try {
        while (inner.next()) {
          if (inner.field === 1) readProtoAttribute(inner, attributes, this.#reading.texts, undefined);
          else inner.skip();
        }
      } finally {
        this.#wire = outer;
      }
      return attributes;
    });
  }

  /** ScopeSpans: scope 1 (name 1, version 2), spans 2. */
  #readScope(resource: Attributes): void {
    const wire = this.#wire;
    const outer = wire.enter();
    const start = wire.position;
    let name = "";
    let version = "";
    while (wire.next()) {
      if (wire.field === 1) {
        const scoped = wire.enter();
        while (wire.next()) {
          if (wire.field === 1) name = wire.text();
          else if (wire.field === 2) version = wire.text();
          else wire.skip();
        }
        wire.leave(scoped);
      } else {
        wire.skip();
      }
    }
    const scope = this.#reading.scopes.get(`${name}\n${version}`, () => ({
      name,
      ...(version ? { version } : {}),
    }));
    wire.position = start;
    while (wire.next()) {
      if (wire.field === 2) this.#readSpan(resource, scope);
      else wire.skip();
    }
    wire.leave(outer);
  }

  #readSpan(resource: Attributes, scope: Span["scope"]): void {
    const wire = this.#wire;
    const { keep, texts } = this.#reading;
    const outer = wire.enter();
    let [rawTraceId, rawSpanId, rawParent, name] = ["", "", "", ""];
    let kind = 0;
    let [startNs, endNs] = [0n, 0n];
    let status = statusOf("unset");
    let attributes: Attributes = noAttributes;
    let events: SpanEvent[] = noEvents;
    let links: SpanLink[] = noLinks;
    while (wire.next()) {
      switch (wire.field) {
        case 1:
          rawTraceId = wire.hex();
          break;
        case 2:
          rawSpanId = wire.hex();
          break;
        case 4:
          rawParent = wire.hex();
          break;
        case 5:
          name = texts.text(wire.text());
          break;
        case 6:
          kind = wire.varint();
          break;
        case 7:
          startNs = wire.fixed64();
          break;
        case 8:
          endNs = wire.fixed64();
          break;
        case 9:
          if (attributes === noAttributes) attributes = {};
          readProtoAttribute(wire, attributes, texts, keep);
          break;
        case 11:
          if (events === noEvents) events = [];
          events.push(this.#event());
          break;
        case 13:
          if (links === noLinks) links = [];
          links.push(...this.#link());
          break;
        case 15:
          status = this.#status();
          break;
        default:
          wire.skip();
      }
    }
    wire.leave(outer);
    const trace = readTraceId(rawTraceId);
    const traceId = trace?.id;
    if (wire.cut) {
      if (traceId !== undefined) this.#reading.note(traceId, "cut-off", undefined, this.#reading.place);
      return;
    }
    const span = readSpanId(rawSpanId);
    const spanId = span?.id;
    if (traceId === undefined || spanId === undefined) {
      const wrong = `span "${name}" has the ids ${show([rawTraceId, rawSpanId])}`;
      this.#reading.unreadable("", wrong.replace(" is", ""), traceId);
      return;
    }
    this.#reading.noteIds(traceId, spanId, trace, span);
    const parent = readSpanId(rawParent)?.id;
    const [start, end] = [inNanos(startNs), inNanos(endNs)];
    if (start !== startNs || end !== endNs) this.#reading.note(traceId, "time-unit", spanId);
    this.#reading.add({
      traceId,
      spanId,
      ...(parent === undefined ? {} : { parentSpanId: parent }),
      name,
      kind: kindOf(kind),
      startNs: start,
      endNs: end,
      status,
      attributes,
      resource,
      scope,
      events,
      links,
    });
  }

  /** Status: message 2, code 3. */
  #status(): Span["status"] {
    const wire = this.#wire;
    const outer = wire.enter();
    let code = 0;
    let message = "";
    while (wire.next()) {
      if (wire.field === 2) message = wire.text();
      else if (wire.field === 3) code = wire.varint();
      else wire.skip();
    }
    wire.leave(outer);
    return statusOf(code === 2 ? "error" : code === 1 ? "ok" : "unset", message);
  }

  /** Event: time_unix_nano 1, name 2, attributes 3. */
  #event(): SpanEvent {
    const wire = this.#wire;
    const outer = wire.enter();
    const event: SpanEvent = { name: "", timeNs: 0n, attributes: {} };
    while (wire.next()) {
      if (wire.field === 1) event.timeNs = wire.fixed64();
      else if (wire.field === 2) event.name = this.#reading.texts.text(wire.text());
      else if (wire.field === 3)
        readProtoAttribute(wire, event.attributes, this.#reading.texts, this.#reading.keep);
      else wire.skip();
    }
    wire.leave(outer);
    return event;
  }

  /** Link: trace_id 1, span_id 2, attributes 4. */
  #link(): SpanLink[] {
    const wire = this.#wire;
    const outer = wire.enter();
    let [traceId, spanId] = ["", ""];
    const attributes: Attributes = {};
    while (wire.next()) {
      if (wire.field === 1) traceId = wire.hex();
      else if (wire.field === 2) spanId = wire.hex();
      else if (wire.field === 4)
        readProtoAttribute(wire, attributes, this.#reading.texts, this.#reading.keep);
      else wire.skip();
    }
    wire.leave(outer);
    return traceId.length === 32 && spanId.length === 16 ? [{ traceId, spanId, attributes }] : [];
  }
}
