import type { Attributes, AttributeValue, Span, SpanEvent, SpanKind, SpanLink } from "../model.ts";
import { copyBytes, hexOf } from "./bytes.ts";
import { JsonBytes } from "./json-bytes.ts";
import { PackedChunk } from "./packed-chunk.ts";
import { kinds, noAttributes, noEvents, noLinks, setAttribute, statusOf } from "./span-parts.ts";
import { TextPool } from "./text-pool.ts";
import { halvesOf } from "./times.ts";

/** How many bytes a chunk has, unless one span needs more; the first has fewer, as most inputs are small. */
const chunkSize = 1 << 20;
const firstChunkSize = 1 << 16;

/** Where the numbers of 32 bits stand at the head of a span, in bytes; and how long the head is. */
const at = {
  start: 0,
  end: 8,
  idHigh: 16,
  idLow: 20,
  parentHigh: 24,
  parentLow: 28,
  kind: 32,
  resource: 36,
  scope: 40,
  rest: 44,
  entries: 48,
};
const headSize = 52;

/** How a value is packed: as the text of a JSON string, the same with its quotes as it has escapes, a number, or in the rest. */
const as = { text: 0, escaped: 1, number: 2, rest: 3 };

/** The key under which a span's name is packed; the attributes' follow. */
const nameKey = 0;

/** In place of the rest, where there is none. */
const none = -1;

/** What few spans have, and what is not for bytes. */
export interface Rest {
  status: Span["status"];
  events: SpanEvent[];
  links: SpanLink[];
  /** Attributes' values, in their order. */
  values: AttributeValue[];
}

/** What every span has. */
export interface PackedHead {
  /** Whole seconds since 1970 and nanoseconds above them. */
  startSeconds: number;
  startNanos: number;
  endSeconds: number;
  endNanos: number;
  /** The id's first and second half, of 32 bits; the parent's are 0 where there is none. */
  idHigh: number;
  idLow: number;
  parentHigh: number;
  parentLow: number;
  kind: SpanKind;
  resource: Attributes;
  scope: Span["scope"];
  /** Absent where the status is not set and there are no events, links and odd values. */
  rest: Rest | undefined;
}

/**
 * Keeps spans as bytes until their trace is asked for. As objects they take thrice the memory, and whoever frees memory
 * looks through all of them again and again; objects that live only as long as their trace is looked at cost next to
 * nothing. A span is found again by a number.
 */
export class PackedSpans {
  readonly #chunks: (PackedChunk | undefined)[] = [];
  #chunk = new PackedChunk(0);
  /** Where the next byte goes, and where the span begins that is being packed. */
  #at = 0;
  #begin = 0;
  #entries = 0;
  readonly #keys: string[] = ["name"];
  readonly #texts = new TextPool();
  readonly #json = new JsonBytes();

  /** The number of a key of attributes. */
  key(key: string): number {
    return this.#keys.push(key) - 1;
  }

  /** Begins with a span. One that was begun and not ended is forgotten. */
  begin(): void {
    this.#at = this.#begin;
    this.#entries = 0;
    this.#room(headSize);
    this.#at += headSize;
  }

  /** The string of JSON that was taken last is the name. */
  name(json: JsonBytes): void {
    this.text(nameKey, json);
  }

  /** The string of JSON that was taken last is the value of an attribute. */
  text(key: number, json: JsonBytes): void {
    const { hasEscapes } = json;
    const from = hasEscapes ? json.from - 1 : json.from;
    const length = (hasEscapes ? json.to + 1 : json.to) - from;
    this.#entry(key, hasEscapes ? as.escaped : as.text, 4 + length);
    this.#chunk.view.setInt32(this.#at, length);
    copyBytes(json, from, this.#chunk, this.#at + 4, length);
    this.#at += 4 + length;
  }

  /** A number is the value of an attribute. */
  number(key: number, value: number): void {
    this.#entry(key, as.number, 8);
    this.#chunk.view.setFloat64(this.#at, value);
    this.#at += 8;
  }

  /** The value of an attribute is the next one in the rest. */
  inRest(key: number): void {
    this.#entry(key, as.rest, 0);
  }

  /** Ends the span: by what number it is found again. */
  end(head: PackedHead): number {
    const begin = this.#begin;
    const chunk = this.#chunk;
    const { view } = chunk;
    setNanos(view, begin + at.start, head.startSeconds, head.startNanos);
    setNanos(view, begin + at.end, head.endSeconds, head.endNanos);
    view.setInt32(begin + at.idHigh, head.idHigh);
    view.setInt32(begin + at.idLow, head.idLow);
    view.setInt32(begin + at.parentHigh, head.parentHigh);
    view.setInt32(begin + at.parentLow, head.parentLow);
    view.setInt32(begin + at.kind, kinds.indexOf(head.kind));
    view.setInt32(begin + at.resource, chunk.placeOf(head.resource));
    view.setInt32(begin + at.scope, chunk.placeOf(head.scope));
    view.setInt32(begin + at.rest, head.rest === undefined ? none : chunk.placeOf(head.rest));
    view.setInt32(begin + at.entries, this.#entries);
    chunk.live++;
    this.#begin = this.#at;
    return (this.#chunks.length - 1) * chunkSize + begin;
  }

  /** Gives a span, and forgets it. */
  take(place: number, traceId: string): Span {
    const begin = place % chunkSize;
    const chunk = this.#chunks[Math.floor(place / chunkSize)] as PackedChunk;
    const { view, objects } = chunk;
    const resource = objects[view.getInt32(begin + at.resource)] as Attributes;
    const scope = objects[view.getInt32(begin + at.scope)] as Span["scope"];
    const rest = objects[view.getInt32(begin + at.rest)] as Rest | undefined;
    const { status, events, links } = rest ?? noRest;
    const kind = kinds[view.getInt32(begin + at.kind)] as SpanKind;
    const startNs = view.getBigUint64(begin + at.start);
    const endNs = view.getBigUint64(begin + at.end);
    const spanId = idAt(view, begin + at.idHigh);
    let name = "";
    let attributes = noAttributes;
    let odd = 0;
    const json = this.#json;
    if (json.bytes !== chunk.bytes) json.open(chunk.bytes);
    json.at = begin + headSize;
    for (let left = view.getInt32(begin + at.entries); left > 0; left--) {
      const entry = view.getInt32(json.at);
      json.at += 4;
      const is = entry & 3;
      const value = is === as.rest ? (rest?.values[odd++] as AttributeValue) : this.#value(is);
      if (entry >> 2 === nameKey) {
        name = value as string;
      } else {
        if (attributes === noAttributes) attributes = {};
        setAttribute(attributes, this.#keys[entry >> 2] as string, value);
      }
    }
    this.drop(place);
    // As the readers make them, so that all spans are of the same two shapes.
    if (view.getInt32(begin + at.parentHigh) === 0 && view.getInt32(begin + at.parentLow) === 0) {
      // biome-ignore format: as below
      return { traceId, spanId, name, kind, startNs, endNs, status, attributes, resource, scope, events, links };
    }
    const parentSpanId = idAt(view, begin + at.parentHigh);
    // biome-ignore format: one line is enough
    return { traceId, spanId, parentSpanId, name, kind, startNs, endNs, status, attributes, resource, scope, events, links };
  }

  /** Forgets a span. */
  drop(place: number): void {
    const number = Math.floor(place / chunkSize);
    const chunk = this.#chunks[number] as PackedChunk;
    if (--chunk.live === 0 && chunk !== this.#chunk) this.#chunks[number] = undefined;
  }

  /** How many chunks hold spans that were not taken yet, or are being filled. */
  get chunkCount(): number {
    return this.#chunks.reduce((sum, it) => sum + (it === undefined ? 0 : 1), 0);
  }

  /** When a span starts, in nanoseconds since 1970. */
  startOf(place: number): bigint {
    const chunk = this.#chunks[Math.floor(place / chunkSize)] as PackedChunk;
    return chunk.view.getBigUint64((place % chunkSize) + at.start);
  }

  #value(is: number): string | number {
    const json = this.#json;
    const { view } = json;
    if (is === as.number) {
      json.at += 8;
      const number = view.getFloat64(json.at - 8);
      // The engine keeps small whole numbers in less memory, and told apart from others.
      return (number | 0) === number ? number | 0 : number;
    }
    const end = json.at + 4 + view.getInt32(json.at);
    json.hasEscapes = is === as.escaped;
    json.from = json.at + (json.hasEscapes ? 5 : 4);
    json.to = json.hasEscapes ? end - 1 : end;
    json.at = end;
    return this.#texts.get(json);
  }

  #entry(key: number, is: number, size: number): void {
    this.#room(4 + size);
    this.#chunk.view.setInt32(this.#at, (key << 2) | is);
    this.#at += 4;
    this.#entries++;
  }

  /** Sees that so many bytes follow in the chunk; what there is of the span moves to the next one else. */
  #room(size: number): void {
    // Where a span begins is a number below the size of a chunk.
    if (this.#at + size <= this.#chunk.bytes.length && this.#begin < chunkSize) return;
    const packed = this.#at - this.#begin;
    const needed = packed + size;
    const usual = this.#chunks.length === 0 ? firstChunkSize : chunkSize;
    // Of one that outgrows a chunk, twice as much each time, so that it is not moved for each attribute.
    const next = new PackedChunk(needed > usual ? 2 * needed : usual);
    copyBytes(this.#chunk, this.#begin, next, 0, packed);
    if (this.#chunk.live === 0) this.#chunks.pop();
    this.#chunks.push(next);
    this.#chunk = next;
    this.#begin = 0;
    this.#at = packed;
  }
}

const noRest: Rest = { status: statusOf("unset"), events: noEvents, links: noLinks, values: [] };

function idAt(view: DataView, place: number): string {
  return hexOf(view.getInt32(place), view.getInt32(place + 4));
}

function setNanos(view: DataView, place: number, seconds: number, nanos: number): void {
  const { high, low } = halvesOf(seconds, nanos);
  view.setUint32(place, high);
  view.setUint32(place + 4, low);
}
