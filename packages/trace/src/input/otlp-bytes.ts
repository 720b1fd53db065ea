import type { Attributes, Span, SpanEvent, SpanKind, SpanLink } from "../model.ts";
import { isNameless } from "../service-name.ts";
import { BytePool } from "./byte-pool.ts";
import type { JsonBytes } from "./json-bytes.ts";
import { closeList, closeObject, isDigit, openList, openObject, quote, unusual } from "./json-bytes.ts";
import { JsonFields } from "./json-fields.ts";
import { OtlpAttributeBytes } from "./otlp-attribute-bytes.ts";
import type { OtlpJsonReader } from "./otlp-json.ts";
import { usualStatus } from "./otlp-json.ts";
import { anyMember, member, OtlpMembers } from "./otlp-members.ts";
import type { PackedSpans } from "./packed-spans.ts";
import { QuickReading } from "./quick-reading.ts";
import type { Reading } from "./reading.ts";
import { kindOf, noAttributes, noEvents, noLinks, statusOf } from "./span-parts.ts";

/** A span is no longer than this, in seconds, if nothing is odd about it. */
const usualSeconds = 86_400;

/**
 * Reads OTLP's JSON from its bytes, as exporters write it. Of what nobody looks at it makes nothing, neither an object nor a
 * text; of names and values that come again it makes nothing anew. Whatever is written in another way, or is no JSON, it
 * leaves to `OtlpJsonReader`, which says what is odd about it: nothing of such a document is taken here.
 */
export class OtlpBytesReader {
  readonly #otlp: OtlpJsonReader;
  readonly #fields: JsonFields;
  readonly #json: JsonBytes;
  readonly #members: OtlpMembers;
  readonly #attributes: OtlpAttributeBytes;
  readonly #resources: BytePool<Attributes>;
  readonly #scopes: BytePool<Span["scope"]>;
  readonly #packed: PackedSpans;
  readonly #quick: QuickReading;
  /** The time that was taken last. */
  #seconds = 0;
  #nanos = 0;

  /** @param otlp reads the parts that come seldom. */
  constructor(reading: Reading, otlp: OtlpJsonReader) {
    this.#otlp = otlp;
    this.#fields = new JsonFields(reading);
    this.#json = this.#fields.json;
    this.#quick = new QuickReading(reading, this.#json);
    this.#packed = reading.groups.packed;
    this.#members = new OtlpMembers(this.#json);
    this.#attributes = new OtlpAttributeBytes(
      this.#fields,
      this.#members,
      otlp.values,
      this.#packed,
      reading.keep,
    );
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
      if (this.#members.take() !== member.resourceSpans || found) throw unusual;
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
      const is = this.#members.take();
      if (is === member.resource && resource === undefined && !isRead) {
        resource = this.#fields.pooled(this.#resources);
      } else if (is === member.scopeSpans && !isRead) {
        isRead = true;
        json.take(openList);
        if (json.takes(closeList)) continue;
        do this.#scoped(resource ?? noAttributes);
        while (json.goesOn(closeList));
      } else if (is === member.resource || is === member.scopeSpans) {
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
      const is = this.#members.take();
      if (is === member.scope && scope === undefined && !isRead) {
        scope = this.#fields.pooled(this.#scopes);
      } else if (is === member.spans && !isRead) {
        isRead = true;
        scope ??= this.#otlp.scope(undefined);
        json.take(openList);
        if (json.takes(closeList)) continue;
        do this.#span(resource, scope);
        while (json.goesOn(closeList));
      } else if (is === member.scope || is === member.spans) {
        throw unusual;
      } else json.skip();
    } while (json.goesOn(closeObject));
  }

  #span(resource: Attributes, scope: Span["scope"]): void {
    const [json, fields] = [this.#json, this.#fields];
    let seen = 0;
    let traceId: string | undefined;
    let idHigh = 0;
    let idLow = 0;
    let parentHigh = 0;
    let parentLow = 0;
    let kind: SpanKind = "unspecified";
    let startSeconds = 0;
    let startNanos = 0;
    let endSeconds = 0;
    let endNanos = 0;
    let status = statusOf("unset");
    let events = noEvents;
    let links = noLinks;
    let is = anyMember;
    this.#packed.begin();
    this.#attributes.begin();
    json.take(openObject);
    do {
      is = this.#members.take(is);
      if (is <= member.status) {
        // Of two members of one name the last counts, which is not what happens here.
        if ((seen & (1 << is)) !== 0) throw unusual;
        seen |= 1 << is;
      }
      switch (is) {
        case member.traceId:
          traceId = fields.traceId();
          break;
        case member.spanId:
          fields.spanIdBits();
          ({ idHigh, idLow } = fields);
          break;
        case member.parentSpanId:
          fields.spanIdBits();
          parentHigh = fields.idHigh;
          parentLow = fields.idLow;
          break;
        case member.name:
          json.string();
          this.#packed.name(json);
          break;
        case member.kind:
          kind = kindOf(this.#small());
          break;
        case member.startTimeUnixNano:
          this.#time();
          startSeconds = this.#seconds;
          startNanos = this.#nanos;
          break;
        case member.endTimeUnixNano:
          this.#time();
          endSeconds = this.#seconds;
          endNanos = this.#nanos;
          break;
        case member.attributes:
          this.#attributes.take();
          break;
        case member.events:
          events = this.#list((raw) => this.#otlp.events(raw), noEvents) as SpanEvent[];
          break;
        case member.links:
          links = this.#list((raw) => this.#otlp.links(raw), noLinks) as SpanLink[];
          break;
        case member.status:
          status = this.#status();
          break;
        default:
          json.skip();
      }
    } while (json.goesOn(closeObject));
    if (traceId === undefined || (idHigh | idLow) === 0 || startSeconds === 0 || endSeconds === 0)
      throw unusual;
    const { odd: values, hasService } = this.#attributes;
    const hasRest =
      status !== statusOf("unset") || events !== noEvents || links !== noLinks || values.length > 0;
    // biome-ignore format: one line is enough
    const place = this.#packed.end({
      idHigh, idLow, parentHigh, parentLow, startSeconds, startNanos, endSeconds, endNanos, kind, resource, scope,
      rest: hasRest ? { status, events, links, values } : undefined,
    });
    const seconds = endSeconds - startSeconds;
    const isInOrder = seconds > 0 || (seconds === 0 && endNanos >= startNanos);
    const isUsual = isInOrder && seconds < usualSeconds && kind !== "unspecified" && !hasService;
    this.#quick.addPacked(traceId, place, isUsual && !isNameless(resource));
  }

  /** Takes a time in nanoseconds as readUsualNanos reads it, a string of 19 digits: whole seconds, and nanoseconds. */
  #time(): void {
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
    this.#seconds = ((bytes[at] as number) - 0x30) * 1e9 + high;
    this.#nanos = low;
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
