import type { Attributes, Span } from "../model.ts";
import type { QuirkCode } from "../quirk-table.ts";
import { isNameless } from "../service-name.ts";
import type { ReadId } from "./ids.ts";
import { Interner, Pool } from "./intern.ts";
import { packingOf } from "./packing.ts";
import { TraceGroups } from "./trace-groups.ts";

/** Which attributes are kept; the others are left out while reading, so that many spans fit into memory. */
export type Keep = ReadonlySet<string> | undefined;

/** What happened to an input, in words for the user; about an input as a whole, so that it fits no trace. */
export type Notice = (text: string) => void;

// What no span's time is outside of, in nanoseconds since 1970, and longer than no span lasts.
const year1990 = 631_152_000_000_000_000n;
const year2100 = 4_102_444_800_000_000_000n;
const oneYear = 31_622_400_000_000_000n;

/** How many notices are given; a file that is broken everywhere would have one a line. */
const maxNotices = 5;

/** The state of reading a number of inputs: what was found so far, and what is shared among its spans. */
export class Reading {
  readonly groups = new TraceGroups();
  readonly keep: Keep;
  readonly texts = new Interner();
  readonly resources = new Pool<Attributes>();
  readonly scopes = new Pool<Span["scope"]>();
  /** The file that is read now, as the user named it, and the line in it if it is read by lines. */
  place = "";
  /** Unpacks bytes that are packed inside of an input; gives back what is not. */
  readonly unpack: (bytes: Uint8Array) => Uint8Array;
  readonly #notice: Notice;
  #notices = 0;
  #otherSignals = 0;
  #unreadable = 0;
  #lost = 0;
  #firstUnreadable = "";
  #firstOther = "";

  constructor(options: { keep?: Keep; notice: Notice; unpack?: (bytes: Uint8Array) => Uint8Array }) {
    // A span may name the service that it is of, where one process reports for several.
    this.keep = options.keep === undefined ? undefined : new Set([...options.keep, "service.name"]);
    this.#notice = options.notice;
    this.unpack = options.unpack ?? assertNotPacked;
  }

  /**
   * Takes a span. Times are made good as far as they can be: one that is missing is that of the other end.
   *
   * @param span its times are 0n where the input says none; it is kept, and may be changed.
   * @param shared whether the input says that another span has its id too (Zipkin).
   */
  add(span: Span, shared = false): void {
    const { traceId, spanId } = span;
    // As most are: one look.
    if (span.startNs < year1990 || span.endNs < span.startNs || span.endNs - span.startNs > oneYear) {
      this.#mendTimes(span);
    }
    if (span.kind === "unspecified") {
      this.note(traceId, "missing-kind", spanId);
    }
    const own = span.attributes["service.name"];
    if (typeof own === "string" && own !== "" && own !== span.resource["service.name"]) {
      const { resource } = span;
      this.note(traceId, "several-services", spanId);
      span.resource = this.resources.get(`${own}\n${JSON.stringify(resource)}`, () => ({
        ...resource,
        "service.name": own,
      }));
    }
    if (isNameless(span.resource)) {
      this.note(traceId, "missing-service", spanId);
    }
    this.groups.add(span, shared);
  }

  #mendTimes(span: Span): void {
    const { traceId, spanId } = span;
    const wrong = [span.startNs, span.endNs].filter((it) => it < 0n || it > year2100);
    if (span.startNs < 0n || span.startNs > year2100) span.startNs = 0n;
    if (span.endNs < 0n || span.endNs > year2100) span.endNs = 0n;
    const { startNs, endNs } = span;
    if (startNs === 0n || endNs === 0n) {
      this.note(traceId, startNs !== 0n ? "no-end" : endNs !== 0n ? "no-start" : "no-time", spanId);
      span.startNs ||= endNs;
      span.endNs ||= startNs;
    } else if (endNs < startNs) {
      this.note(traceId, "ends-before-start", spanId);
    }
    const isUnlikely = (span.startNs > 0n && span.startNs < year1990) || span.endNs - span.startNs > oneYear;
    if (wrong.length > 0 || isUnlikely) this.note(traceId, "unlikely-time", spanId);
  }

  /** Those of the attributes that are to be kept. */
  keepOf(attributes: Attributes): Attributes {
    const { keep } = this;
    if (keep === undefined) {
      return attributes;
    }
    return Object.fromEntries(Object.entries(attributes).filter(([key]) => keep.has(key)));
  }

  /** Remembers something odd about a span. */
  note(traceId: string, code: QuirkCode, spanId?: string, detail?: string): void {
    this.groups.note(traceId, code, spanId, detail);
  }

  /** Remembers what is odd about ids that were read of a span. */
  noteIds(traceId: string, spanId: string, ...read: readonly (ReadId | undefined)[]): void {
    for (const it of read) if (it?.quirk !== undefined) this.note(traceId, it.quirk, spanId);
  }

  /** Tells of an input as a whole; the first few times. */
  notice(text: string): void {
    if (this.#notices++ < maxNotices) {
      this.#notice(text);
    }
  }

  /**
   * Remembers that a span, or a part of the input that may hold spans, is not of the format's shape.
   *
   * @param path where it stands in the document: "resourceSpans.0.scopeSpans".
   * @param wrong what is wrong: "is 5, and not a span id".
   * @param traceId the trace that it belongs to, if that much is known.
   */
  unreadable(path: string, wrong: string, traceId?: string): void {
    const where = this.#notRead(path, wrong);
    if (traceId !== undefined) {
      this.note(traceId, "unreadable-span", undefined, where);
    } else {
      this.#lost++;
    }
  }

  /** Remembers a part of the input that is something else than spans, so that no span is lost by leaving it out. */
  notSpans(path: string, what: string): void {
    this.#otherSignals++;
    this.#firstOther ||= this.#whereIs(path, what);
  }

  #whereIs(path: string, what: string): string {
    return `${this.place}: ${path === "" ? "the document" : path} ${what}`;
  }

  #notRead(path: string, wrong: string): string {
    const where = this.#whereIs(path, wrong);
    this.#unreadable++;
    this.#firstUnreadable ||= where;
    return where;
  }

  /**
   * How many things were not of the format's shape, and the first of them in words; and of how many of them no trace
   * tells, because it is not known which they belong to.
   */
  get problems(): { count: number; first: string; lost: number } {
    return { count: this.#unreadable, first: this.#firstUnreadable, lost: this.#lost };
  }

  /** How many parts of the input were something else than spans, logs for example, and the first of them in words. */
  get otherSignals(): { count: number; first: string } {
    return { count: this.#otherSignals, first: this.#firstOther };
  }
}

function assertNotPacked(bytes: Uint8Array): Uint8Array {
  const packing = packingOf(bytes);
  if (packing === undefined) return bytes;
  throw new Error(`it is packed with ${packing} inside of an input, which only Node unpacks here`);
}

/** A value of the input in a message: short, and what it is. */
export function show(value: unknown): string {
  if (value === undefined) return "is missing";
  const text = JSON.stringify(value) ?? String(value);
  return `is ${text.length > 40 ? `${text.slice(0, 40)}…` : text}`;
}
