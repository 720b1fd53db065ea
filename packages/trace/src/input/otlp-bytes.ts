import type { Attributes, AttributeValue, Span, SpanEvent, SpanKind, SpanLink } from "../model.ts";
import { BytePool } from "./byte-pool.ts";
import { latin1, utf8 } from "./bytes.ts";
import type { Literal } from "./json-bytes.ts";
import {
  closeList,
  closeObject,
  isDigit,
  JsonBytes,
  literal,
  openList,
  openObject,
  quote,
  unusual,
} from "./json-bytes.ts";
import type { OtlpJsonReader } from "./otlp-json.ts";
import { usualStatus } from "./otlp-json.ts";
import type { Reading } from "./reading.ts";
import { kindOf, noAttributes, noEvents, noLinks, setAttribute, statusOf } from "./span-parts.ts";

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
const members = names.map((it) => literal(`"${it}":`));
const otherSpellings = names.indexOf("trace_id");
const places = new Map<string, number>(names.map((it, i) => [it, i]));
const name = Object.fromEntries(names.map((it, i) => [it, i])) as Record<(typeof names)[number], number>;

/** A longer value is seldom the same as another one. */
const longest = 80;

/** So many lines that have to be read again say that the next ones will have to be, too. */
const patience = 3;

/** What stands around keys and values, as exporters write it. */
const forms = {
  key: literal('{"key":"'),
  value: literal(',"value":'),
  string: literal('{"stringValue":"'),
  int: literal('{"intValue":"'),
  empty: literal('""'),
};

const hexDigits = new Uint8Array(256);
for (const it of literal("0123456789abcdef").bytes) hexDigits[it] = 1;

const sketches = 4096;

/** A number that most texts that differ differ in: at no cost it says what is none of a few. */
function sketch(bytes: Uint8Array, from: number, to: number): number {
  if (from === to) return 0;
  return ((to - from) * 73 + (bytes[from] as number) * 17 + (bytes[to - 1] as number) * 257) & (sketches - 1);
}

/**
 * Reads OTLP's JSON from its bytes, as exporters write it. Of what nobody looks at it makes nothing, neither an object nor a
 * text; of names and values that come again it makes nothing anew. Whatever is written in another way, or is no JSON, it
 * leaves to `OtlpJsonReader`, which says what is odd about it: nothing of such a document is taken here.
 */
export class OtlpBytesReader {
  readonly #reading: Reading;
  readonly #otlp: OtlpJsonReader;
  readonly #json = new JsonBytes();
  readonly #names = new BytePool((text) => places.get(text) ?? names.length);
  readonly #keys: BytePool<string | undefined>;
  /** By its sketch: 1 when a key may be one that is kept. */
  readonly #mayKeep = new Uint8Array(sketches);
  readonly #texts = new BytePool((text) => text);
  readonly #traceIds: BytePool<string>;
  readonly #resources: BytePool<Attributes>;
  readonly #scopes: BytePool<Span["scope"]>;
  /** By the place of a member: that of the one that came behind it last. */
  readonly #behind = new Uint8Array(names.length + 1).fill(names.length);
  #spans: Span[] = [];
  #failures = 0;

  /** @param otlp reads the parts that come seldom. */
  constructor(reading: Reading, otlp: OtlpJsonReader) {
    this.#reading = reading;
    this.#otlp = otlp;
    const { keep } = reading;
    this.#keys = new BytePool((text) => (keep === undefined || keep.has(text) ? text : undefined));
    if (keep === undefined) this.#mayKeep.fill(1);
    for (const it of keep ?? []) {
      const { bytes } = literal(it);
      this.#mayKeep[sketch(bytes, 0, bytes.length)] = 1;
    }
    this.#traceIds = new BytePool((text) => reading.groups.known(text) ?? text);
    this.#resources = new BytePool((text) => otlp.resource(JSON.parse(text)));
    this.#scopes = new BytePool((text) => otlp.scope(JSON.parse(text)));
  }

  /** Reads a document. False when it has to be read in the thorough way; then nothing was taken. */
  read(bytes: Uint8Array): boolean {
    if (this.#failures >= patience) return false;
    this.#spans = [];
    try {
      this.#json.open(bytes);
      this.#document();
      if (!this.#json.isEnd()) throw unusual;
    } catch (error) {
      if (error !== unusual) throw error;
      this.#failures++;
      return false;
    }
    this.#failures = 0;
    for (const it of this.#spans) this.#reading.add(it);
    this.#spans = [];
    return true;
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
        resource = this.#pooled(this.#resources);
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
        scope = this.#pooled(this.#scopes);
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
          traceId = this.#traceId();
          break;
        case name.spanId:
          spanId = this.#spanId();
          break;
        case name.parentSpanId:
          parentSpanId = this.#spanId();
          break;
        case name.name:
          json.take(quote);
          spanName = this.#text();
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
    this.#spans.push(
      parentSpanId === undefined
        ? // biome-ignore format: as below
          { traceId, spanId, name: spanName, kind, startNs, endNs, status, attributes, resource, scope, events, links }
        : // biome-ignore format: one line is enough
          { traceId, spanId, parentSpanId, name: spanName, kind, startNs, endNs, status, attributes, resource, scope, events, links },
    );
  }

  /**
   * Takes a member's name and colon: its place among `names`, or `names.length` for any other.
   *
   * @param before the place of the member before it: what came behind that one last, most often does again.
   */
  #name(before: number = names.length): number {
    const json = this.#json;
    const guess = this.#behind[before] as number;
    if (guess < names.length && json.literal(members[guess] as Literal)) return guess;
    json.name();
    const is = this.#names.get(json);
    if (is >= otherSpellings && is < names.length) throw unusual;
    this.#behind[before] = is;
    return is;
  }

  #traceId(): string {
    const json = this.#json;
    this.#hex(32);
    return this.#traceIds.get(json);
  }

  /** Takes a span's id; undefined when the text is empty, which only a parent's may be. */
  #spanId(): string | undefined {
    const json = this.#json;
    json.peek();
    if (json.literal(forms.empty)) return undefined;
    this.#hex(16);
    return latin1(json.bytes, json.from, json.to);
  }

  /** Takes a string of so many lower-case hexadecimal digits, not all zero. */
  #hex(digits: number): void {
    const json = this.#json;
    json.take(quote);
    const { bytes } = json;
    const from = json.at;
    const to = from + digits;
    let isHex = 1;
    let sum = 0;
    for (let i = from; i < to; i++) {
      const byte = bytes[i] as number;
      isHex &= hexDigits[byte] as number;
      sum |= byte ^ 0x30;
    }
    if (isHex !== 1 || sum === 0 || bytes[to] !== quote) throw unusual;
    json.from = from;
    json.to = to;
    json.at = to + 1;
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
    if (json.takes(quote)) return this.#text();
    json.skip();
    if (!isDigit(byte) || json.at !== start + 1) throw unusual;
    return byte - 0x30;
  }

  /** Takes the rest of a string that may come again. */
  #text(): string {
    const json = this.#json;
    json.text();
    const { bytes, from, to } = json;
    if (json.hasEscapes) return JSON.parse(utf8(bytes, from - 1, to + 1)) as string;
    if (to - from > longest) return utf8(bytes, from, to);
    return this.#texts.get(json);
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
    const { bytes, from, to } = json;
    const key = this.#mayKeep[sketch(bytes, from, to)] === 1 ? this.#keys.get(json) : undefined;
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
    if (json.literal(forms.string)) value = this.#text();
    else if (json.literal(forms.int)) value = this.#integer();
    if (value !== undefined && json.takes(closeObject)) return value;
    json.at = start;
    const raw = this.#parsed();
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
    const status = usualStatus(this.#parsed());
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
    const raw = this.#parsed();
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

  /** Takes a value that comes again and again, and is made something of once. */
  #pooled<T>(pool: BytePool<T>): T {
    const json = this.#json;
    json.peek();
    const start = json.at;
    json.skip();
    return pool.get(json, start, json.at);
  }

  #parsed(): unknown {
    const json = this.#json;
    const start = json.at;
    json.skip();
    return JSON.parse(utf8(json.bytes, start, json.at));
  }
}

const parts = new Uint32Array(2);
const whole = new BigUint64Array(parts.buffer);
const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** seconds · 10⁹ + nanos, below 2⁶⁴; without a number of any length for each step, which costs more than all else here. */
function nanosOf(seconds: number, nanos: number): bigint {
  const rest = (seconds % 0x10000) * 1e9 + nanos;
  const upper = Math.floor(seconds / 0x10000) * 1e9;
  const low = (upper % 0x10000) * 0x10000 + rest;
  const high = Math.floor(upper / 0x10000) + Math.floor(low / 0x100000000);
  parts[isLittleEndian ? 0 : 1] = low % 0x100000000;
  parts[isLittleEndian ? 1 : 0] = high;
  return whole[0] as bigint;
}
