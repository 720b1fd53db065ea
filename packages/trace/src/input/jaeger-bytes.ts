import type { Attributes, AttributeValue, Span, SpanEvent, SpanLink } from "../model.ts";
import { BytePool } from "./byte-pool.ts";
import type { JaegerReader } from "./jaeger.ts";
import { readTags } from "./jaeger.ts";
import type { JsonBytes } from "./json-bytes.ts";
import {
  closeList,
  closeObject,
  colon,
  isDigit,
  literal,
  openList,
  openObject,
  quote,
  unusual,
} from "./json-bytes.ts";
import { JsonFields, JsonNames, KeptKeys } from "./json-fields.ts";
import { QuickReading } from "./quick-reading.ts";
import type { Reading } from "./reading.ts";
import { kindOf, noAttributes, noEvents, noLinks, setAttribute } from "./span-parts.ts";
import { nanosOf } from "./times.ts";

/** The names of members that are looked at; those from `tag` on are for the thorough way. */
const names = [
  "traceID",
  "spanID",
  "operationName",
  "references",
  "startTime",
  "duration",
  "tags",
  "logs",
  "processID",
  "warnings",
  "spans",
  "processes",
  "data",
  "total",
  "limit",
  "offset",
  "errors",
  "key",
  "type",
  "value",
  "tag",
  "process",
  "parentSpanID",
] as const;
const name = Object.fromEntries(names.map((it, i) => [it, i])) as Record<(typeof names)[number], number>;

/** What stands around a tag and a reference, as Jaeger writes them. */
const forms = {
  key: literal('{"key":"'),
  type: literal(',"type":"'),
  value: literal('","value":'),
  childOf: literal('[{"refType":"CHILD_OF","traceID":'),
  spanId: literal(',"spanID":'),
  end: literal("}]"),
};

/** A key that is kept, or looked at here. */
interface Tag {
  key: string;
  isKept: boolean;
}

/** A span before the processes are known, which stand behind the spans. */
interface Pending {
  span: Span;
  processId: string;
  tags: Attributes;
}

/**
 * Reads the JSON of Jaeger's API and of its UI's downloads from its bytes. Of what nobody looks at it makes nothing. Whatever
 * is written in another way it leaves to `JaegerReader`, which says what is odd about it: nothing of such a document is
 * taken here.
 */
export class JaegerBytesReader {
  readonly #reading: Reading;
  readonly #jaeger: JaegerReader;
  readonly #fields: JsonFields;
  readonly #json: JsonBytes;
  readonly #names: JsonNames;
  readonly #keys: KeptKeys<Tag>;
  readonly #processes: BytePool<Attributes>;
  readonly #quick: QuickReading;

  /** @param jaeger reads the parts that come seldom. */
  constructor(reading: Reading, jaeger: JaegerReader) {
    const { keep } = reading;
    this.#reading = reading;
    this.#jaeger = jaeger;
    this.#fields = new JsonFields(reading);
    this.#json = this.#fields.json;
    this.#quick = new QuickReading(reading, this.#json);
    this.#names = new JsonNames(this.#json, names);
    this.#keys = new KeptKeys(keep && new Set([...keep, ...readTags]), (key) => ({
      key,
      isKept: keep === undefined || keep.has(key),
    }));
    this.#processes = new BytePool((text) => jaeger.resource(JSON.parse(text)));
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
      const is = this.#names.take();
      if (is === name.data && !found) {
        found = true;
        json.take(openList);
        do this.#trace();
        while (json.goesOn(closeList));
      } else if (is >= name.total && is <= name.errors) {
        json.skip();
      } else throw unusual;
    } while (json.goesOn(closeObject));
    if (!found) throw unusual;
  }

  #trace(): void {
    const json = this.#json;
    const pending: Pending[] = [];
    let processes: Map<string, Attributes> | undefined;
    let seen = 0;
    json.take(openObject);
    do {
      const is = this.#names.take();
      if (is < names.length && (seen & (1 << is)) !== 0) throw unusual;
      seen |= 1 << is;
      if (is === name.spans) {
        json.take(openList);
        if (json.takes(closeList)) continue;
        do pending.push(this.#span());
        while (json.goesOn(closeList));
      } else if (is === name.processes) {
        processes = this.#processMap();
      } else json.skip();
    } while (json.goesOn(closeObject));
    if ((seen & (1 << name.traceID)) === 0 || (seen & (1 << name.spans)) === 0) throw unusual;
    for (const { span, processId, tags } of pending) {
      span.resource = processes?.get(processId) ?? noAttributes;
      span.scope = this.#jaeger.scope(tags, span.resource);
      this.#quick.spans.push(span);
    }
  }

  #processMap(): Map<string, Attributes> {
    const json = this.#json;
    const processes = new Map<string, Attributes>();
    json.take(openObject);
    if (json.takes(closeObject)) return processes;
    do {
      json.take(quote);
      const id = this.#fields.text();
      json.take(colon);
      if (processes.has(id) || json.peek() !== openObject) throw unusual;
      processes.set(id, this.#fields.pooled(this.#processes));
    } while (json.goesOn(closeObject));
    return processes;
  }

  #span(): Pending {
    const [json, fields] = [this.#json, this.#fields];
    let seen = 0;
    let traceId: string | undefined;
    let spanId: string | undefined;
    let parentSpanId: string | undefined;
    let spanName: string | undefined;
    let start = -1;
    let duration = -1;
    let { tags, areKept } = noTags;
    let events = noEvents;
    let links = noLinks;
    let processId: string | undefined;
    let is: number = names.length;
    json.take(openObject);
    do {
      is = this.#names.take(is);
      if (is < names.length) {
        // Of two members of one name the last counts, which is not what happens here.
        if ((seen & (1 << is)) !== 0 || is >= name.tag) throw unusual;
        seen |= 1 << is;
      }
      switch (is) {
        case name.traceID:
          traceId = fields.traceId();
          break;
        case name.spanID:
          spanId = fields.spanId();
          break;
        case name.operationName:
          json.take(quote);
          spanName = fields.text();
          break;
        case name.references:
          if (traceId === undefined) throw unusual;
          ({ parentSpanId, links } = this.#references(traceId));
          break;
        case name.startTime:
          start = this.#micros(16);
          break;
        case name.duration:
          duration = this.#micros(12);
          break;
        case name.tags:
          ({ tags, areKept } = this.#tags());
          break;
        case name.logs:
          events = this.#logs();
          break;
        case name.processID:
          json.take(quote);
          processId = fields.text();
          break;
        case name.warnings:
          if (fields.parsed() !== null) throw unusual;
          break;
        default:
          json.skip();
      }
    } while (json.goesOn(closeObject));
    if (traceId === undefined || spanId === undefined || spanName === undefined) throw unusual;
    // Of other lengths the start may be in another unit.
    if (processId === undefined || start < 1e15 || duration < 0) throw unusual;
    const common = {
      name: spanName,
      kind: kindOf(tags["span.kind"]),
      startNs: nanosOfMicros(start),
      endNs: nanosOfMicros(start + duration),
      status: this.#jaeger.status(tags),
      attributes: areKept ? tags : this.#reading.keepOf(tags),
      resource: noAttributes,
      scope: noScope,
      events,
      links,
    };
    const span: Span =
      parentSpanId === undefined
        ? { traceId, spanId, ...common }
        : { traceId, spanId, parentSpanId, ...common };
    return { span, processId, tags };
  }

  /** Takes a whole number of at most so many digits; of 16, one that a number of JavaScript holds exactly. */
  #micros(most: number): number {
    const json = this.#json;
    const first = json.peek();
    const { bytes, at } = json;
    let value = 0;
    let i = at;
    for (; isDigit(bytes[i] as number); i++) value = value * 10 + (bytes[i] as number) - 0x30;
    const digits = i - at;
    const next = (bytes[i] as number) | 0x20;
    // Neither a leading zero, nor a fraction or an exponent.
    if (digits === 0 || digits > most || (first === 0x30 && digits > 1) || next === 0x2e || next === 0x65)
      throw unusual;
    if (value >= 9e15) throw unusual;
    json.at = i;
    return value;
  }

  #references(traceId: string): { parentSpanId?: string | undefined; links: SpanLink[] } {
    const [json, fields] = [this.#json, this.#fields];
    json.peek();
    const start = json.at;
    if (json.literal(forms.childOf) && json.peek() === quote && fields.traceId() === traceId) {
      const parentSpanId = json.literal(forms.spanId) ? fields.spanId() : undefined;
      if (parentSpanId !== undefined && json.literal(forms.end)) return { parentSpanId, links: noLinks };
    }
    json.at = start;
    return this.#jaeger.references({ references: fields.parsed() }, traceId, leave);
  }

  /** Takes the tags of a span that are looked at, and whether all of these are kept. */
  #tags(): { tags: Attributes; areKept: boolean } {
    const json = this.#json;
    json.take(openList);
    if (json.takes(closeList)) return noTags;
    let tags: Attributes | undefined;
    let areKept = true;
    do {
      const tag = this.#key();
      if (tag === undefined) {
        this.#pass();
      } else {
        tags ??= {};
        setAttribute(tags, tag.key, this.#value());
        areKept &&= tag.isKept;
      }
    } while (json.goesOn(closeList));
    return tags === undefined ? noTags : { tags, areKept };
  }

  /** Takes a tag up to its key; undefined when nobody looks at it. */
  #key(): Tag | undefined {
    const json = this.#json;
    json.peek();
    if (json.literal(forms.key)) {
      json.text();
    } else {
      json.take(openObject);
      if (this.#names.take() !== name.key) throw unusual;
      json.string();
    }
    if (json.hasEscapes) throw unusual;
    return this.#keys.of(json);
  }

  /** Passes what stands behind a tag's key. */
  #pass(): void {
    const json = this.#json;
    const start = json.at;
    if (json.literal(forms.type)) {
      json.text();
      json.at--;
      if (json.literal(forms.value)) {
        json.skip();
        if (json.takes(closeObject)) return;
      }
    }
    json.at = start;
    while (json.goesOn(closeObject)) {
      if (this.#names.take() === name.key) throw unusual;
      json.skip();
    }
  }

  /** Takes what stands behind a tag's key: its type and its value, in this order. */
  #value(): AttributeValue {
    const [json, fields] = [this.#json, this.#fields];
    if (!json.goesOn(closeObject) || this.#names.take() !== name.type) throw unusual;
    json.take(quote);
    const type = fields.text();
    if (!json.goesOn(closeObject) || this.#names.take() !== name.value) throw unusual;
    const isText = json.peek() === quote;
    if (isText) json.at++;
    // What such a text says is no text.
    if (isText && (type === "int64" || type === "float64" || type === "bool")) throw unusual;
    const value = isText ? fields.text() : fields.parsed();
    json.take(closeObject);
    if (typeof value === "object" && value !== null) throw unusual;
    return value as AttributeValue;
  }

  #logs(): SpanEvent[] {
    const json = this.#json;
    json.peek();
    const start = json.at;
    if (json.takes(openList) && json.takes(closeList)) return noEvents;
    json.at = start;
    return this.#jaeger.events(this.#fields.parsed(), leave);
  }
}

const noScope: Span["scope"] = { name: "" };
const noTags = { tags: noAttributes, areKept: true };

/** What is odd is left to the thorough way. */
function leave(): never {
  throw unusual;
}

function nanosOfMicros(micros: number): bigint {
  const rest = micros % 1e6;
  return nanosOf((micros - rest) / 1e6, rest * 1000);
}
