import type { Attributes, AttributeValue, Span, SpanEvent, SpanKind, SpanLink } from "../model.ts";
import { BytePool } from "./byte-pool.ts";
import type { JsonBytes } from "./json-bytes.ts";
import {
  closeList,
  closeObject,
  isDigit,
  literal,
  openList,
  openObject,
  quote,
  unusual,
} from "./json-bytes.ts";
import { JsonFields, JsonNames, KeptKeys } from "./json-fields.ts";
import type { OtlpJsonReader } from "./otlp-json.ts";
import { usualStatus } from "./otlp-json.ts";
import { QuickReading } from "./quick-reading.ts";
import type { Reading } from "./reading.ts";
import { kindOf, noAttributes, noEvents, noLinks, setAttribute, statusOf } from "./span-parts.ts";
import { nanosOf } from "./times.ts";

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
const name = Object.fromEntries(names.map((it, i) => [it, i])) as Record<(typeof names)[number], number>;

/** What stands around keys and values, as exporters write it. */
const forms = {
  key: literal('{"key":"'),
  value: literal(',"value":'),
  string: literal('{"stringValue":"'),
  int: literal('{"intValue":"'),
};

/**
 * Reads OTLP's JSON from its bytes, as exporters write it. Of what nobody looks at it makes nothing, neither an object nor a
 * text; of names and values that come again it makes nothing anew. Whatever is written in another way, or is no JSON, it
 * leaves to `OtlpJsonReader`, which says what is odd about it: nothing of such a document is taken here.
 */
export class OtlpBytesReader {
  readonly #otlp: OtlpJsonReader;
  readonly #fields: JsonFields;
  readonly #json: JsonBytes;
  readonly #names: JsonNames;
  readonly #keys: KeptKeys<string>;
  readonly #resources: BytePool<Attributes>;
  readonly #scopes: BytePool<Span["scope"]>;
  readonly #quick: QuickReading;

  /** @param otlp reads the parts that come seldom. */
  constructor(reading: Reading, otlp: OtlpJsonReader) {
    this.#otlp = otlp;
    this.#fields = new JsonFields(reading);
    this.#json = this.#fields.json;
    this.#quick = new QuickReading(reading, this.#json);
    this.#names = new JsonNames(this.#json, names);
    this.#keys = new KeptKeys(reading.keep, (key) => key);
    this.#resources = new BytePool((text) => otlp.resource(JSON.parse(text)));
    this.#scopes = new BytePool((text) => otlp.scope(JSON.parse(text)));
  }

  /** Begins with another input, which may be written in another way. */
  begin(): void {
    this.#quick.begin();
  }

  /** Reads a document. False when it has to be read in the thorough way; then nothing was taken. */
  read(bytes: Uint8Array): boolean {
    return this.#quick.read(bytes, () => this.#document());
  }

  #document(): void {
    const json = this.#json;
    let found = false;
    json.take(openObject);
    do {
      if (this.#name() !== name.resourceSpans || found) throw unusual;
      found = true;
      json.take(openList);
      if (json.takes(closeList)) continue;
      do this.#batch();
      while (json.goesOn(closeList));
    } while (json.goesOn(closeObject));
  }

  #batch(): void {
    const json = this.#json;
    let resource: Attributes | undefined;
    let isRead = false;
    json.take(openObject);
    if (json.takes(closeObject)) return;
    do {
      const is = this.#name();
      if (is === name.resource && resource === undefined && !isRead) {
        resource = this.#fields.pooled(this.#resources);
      } else if (is === name.scopeSpans && !isRead) {
        isRead = true;
        json.take(openList);
        if (json.takes(closeList)) continue;
        do this.#scoped(resource ?? noAttributes);
        while (json.goesOn(closeList));
      } else if (is === name.resource || is === name.scopeSpans) {
        throw unusual;
      } else json.skip();
    } while (json.goesOn(closeObject));
  }

  #scoped(resource: Attributes): void {
    const json = this.#json;
    let scope: Span["scope"] | undefined;
    let isRead = false;
    json.take(openObject);
    if (json.takes(closeObject)) return;
    do {
      const is = this.#name();
      if (is === name.scope && scope === undefined && !isRead) {
        scope = this.#fields.pooled(this.#scopes);
      } else if (is === name.spans && !isRead) {
        isRead = true;
        scope ??= this.#otlp.scope(undefined);
        json.take(openList);
        if (json.takes(closeList)) continue;
        do this.#span(resource, scope);
        while (json.goesOn(closeList));
      } else if (is === name.scope || is === name.spans) {
        throw unusual;
      } else json.skip();
    } while (json.goesOn(closeObject));
  }

  #span(resource: Attributes, scope: Span["scope"]): void {
    const json = this.#json;
    let seen = 0;
    let traceId: string | undefined;
    let spanId: string | undefined;
    let parentSpanId: string | undefined;
    let spanName = "";
    let kind: SpanKind = "unspecified";
    let startNs: bigint | undefined;
    let endNs: bigint | undefined;
    let status = statusOf("unset");
    let attributes = noAttributes;
    let events = noEvents;
    let links = noLinks;
    let is: number = names.length;
    json.take(openObject);
    do {
      is = this.#name(is);
      if (is <= name.status) {
        // Of two members of one name the last counts, which is not what happens here.
        if ((seen & (1 << is)) !== 0) throw unusual;
        seen |= 1 << is;
      }
      switch (is) {
        case name.traceId:
          traceId = this.#fields.traceId();
          break;
        case name.spanId:
          spanId = this.#fields.spanId();
          break;
        case name.parentSpanId:
          parentSpanId = this.#fields.spanId();
          break;
        case name.name:
          json.take(quote);
          spanName = this.#fields.text();
          break;
        case name.kind:
          kind = kindOf(this.#small());
          break;
        case name.startTimeUnixNano:
          startNs = this.#nanos();
          break;
        case name.endTimeUnixNano:
          endNs = this.#nanos();
          break;
        case name.attributes:
          attributes = this.#attributes();
          break;
        case name.events:
          events = this.#list((raw) => this.#otlp.events(raw), noEvents) as SpanEvent[];
          break;
        case name.links:
          links = this.#list((raw) => this.#otlp.links(raw), noLinks) as SpanLink[];
          break;
        case name.status:
          status = this.#status();
          break;
        default:
          json.skip();
      }
    } while (json.goesOn(closeObject));
    if (traceId === undefined || spanId === undefined || startNs === undefined || endNs === undefined)
      throw unusual;
    // As in OtlpJsonReader, so that all spans are of the same two shapes.
    this.#quick.spans.push(
      parentSpanId === undefined
        ? // biome-ignore format: as below
          { traceId, spanId, name: spanName, kind, startNs, endNs, status, attributes, resource, scope, events, links }
        : // biome-ignore format: one line is enough
          { traceId, spanId, parentSpanId, name: spanName, kind, startNs, endNs, status, attributes, resource, scope, events, links },
    );
  }

  /** Takes a member's name and colon. */
  #name(before?: number): number {
    const is = this.#names.take(before);
    if (is >= otherSpellings && is < names.length) throw unusual;
    return is;
  }

  /** Takes a time in nanoseconds as readUsualNanos reads it, a string of 19 digits. */
  #nanos(): bigint {
    const json = this.#json;
    json.take(quote);
    const { bytes, at } = json;
    // Twice nine digits and one before them, each of which is a whole number of 32 bits.
    let high = 0;
    let low = 0;
    let isDigits = (bytes[at] as number) >= 0x31 && (bytes[at] as number) <= 0x39;
    for (let i = at + 1; i < at + 10; i++) {
      const digit = (bytes[i] as number) - 0x30;
      isDigits &&= digit >>> 0 <= 9;
      high = Math.imul(high, 10) + digit;
    }
    for (let i = at + 10; i < at + 19; i++) {
      const digit = (bytes[i] as number) - 0x30;
      isDigits &&= digit >>> 0 <= 9;
      low = Math.imul(low, 10) + digit;
    }
    if (!isDigits || bytes[at + 19] !== quote) throw unusual;
    json.at = at + 20;
    return nanosOf(((bytes[at] as number) - 0x30) * 1e9 + high, low);
  }

  /** Takes an enumeration's value: a digit, or a text. */
  #small(): number | string {
    const json = this.#json;
    const byte = json.peek();
    const start = json.at;
    if (json.takes(quote)) return this.#fields.text();
    json.skip();
    if (!isDigit(byte) || json.at !== start + 1) throw unusual;
    return byte - 0x30;
  }

  #attributes(): Attributes {
    const json = this.#json;
    json.take(openList);
    if (json.takes(closeList)) return noAttributes;
    let attributes: Attributes | undefined;
    do {
      const key = this.#key();
      if (key === undefined) {
        this.#pass();
      } else {
        attributes ??= {};
        setAttribute(attributes, key, this.#value());
      }
      json.take(closeObject);
    } while (json.goesOn(closeList));
    return attributes ?? noAttributes;
  }

  /** Takes an attribute up to its value: its key, or undefined when it is not kept. */
  #key(): string | undefined {
    const json = this.#json;
    if (json.literal(forms.key)) {
      json.text();
    } else {
      json.take(openObject);
      if (this.#name() !== name.key) throw unusual;
      json.string();
    }
    if (json.hasEscapes) throw unusual;
    const key = this.#keys.of(json);
    if (!json.literal(forms.value) && (!json.goesOn(closeObject) || this.#name() !== name.value))
      throw unusual;
    return key;
  }

  /** Passes an attribute's value. */
  #pass(): void {
    const json = this.#json;
    const start = json.at;
    if (json.literal(forms.string) || json.literal(forms.int)) {
      json.text();
      if (json.takes(closeObject)) return;
      json.at = start;
    }
    json.skip();
  }

  /** Takes OTLP's AnyValue. */
  #value(): AttributeValue {
    const json = this.#json;
    const start = json.at;
    let value: AttributeValue | undefined;
    if (json.literal(forms.string)) value = this.#fields.text();
    else if (json.literal(forms.int)) value = this.#integer();
    if (value !== undefined && json.takes(closeObject)) return value;
    json.at = start;
    const raw = this.#fields.parsed();
    return this.#usual(() => this.#otlp.values.value(raw));
  }

  /** Takes the rest of a string of up to 15 digits; undefined when it is anything else. */
  #integer(): number | undefined {
    const json = this.#json;
    json.text();
    const { bytes, from, to } = json;
    if (from === to || to - from > 15) return undefined;
    let value = 0;
    for (let i = from; i < to; i++) {
      const byte = bytes[i] as number;
      if (!isDigit(byte)) return undefined;
      value = value * 10 + byte - 0x30;
    }
    return value;
  }

  #status(): Span["status"] {
    const json = this.#json;
    json.peek();
    const start = json.at;
    json.take(openObject);
    if (json.takes(closeObject)) return statusOf("unset");
    json.at = start;
    const status = usualStatus(this.#fields.parsed());
    if (status === undefined) throw unusual;
    return status;
  }

  #list<T>(read: (raw: unknown) => T[], none: T[]): T[] {
    const json = this.#json;
    json.peek();
    const start = json.at;
    json.take(openList);
    if (json.takes(closeList)) return none;
    json.at = start;
    const raw = this.#fields.parsed();
    return this.#usual(() => read(raw));
  }

  /** What is made of a part, where nothing is odd about it. */
  #usual<T>(make: () => T): T {
    const { values } = this.#otlp;
    values.odd = false;
    const made = make();
    if (values.odd) throw unusual;
    return made;
  }
}
