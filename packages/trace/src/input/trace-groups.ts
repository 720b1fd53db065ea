import type { Span, Trace } from "../model.ts";
import type { QuirkCode } from "../quirk-table.ts";
import { PackedSpans } from "./packed-spans.ts";
import type { QuirkNotes } from "./quirks.ts";
import { note, toQuirks } from "./quirks.ts";
import { settleSpans } from "./settle-spans.ts";

/** What was read of one trace so far. */
interface Group {
  traceId: string;
  /** As objects, or by their places among the packed ones. */
  spans: (Span | number)[];
  quirks: QuirkNotes | undefined;
  shared: Set<Span> | undefined;
}

const noSpans: ReadonlySet<Span> = new Set();

/**
 * Puts spans together by trace, as they come from any number of files and batches.
 *
 * Traces come in pieces: each process exports its own spans, in batches of its own, and nothing in the data says that
 * the last piece is there. So a trace is whole only when the input has ended, and is given then.
 */
export class TraceGroups {
  /** Spans that are kept as bytes until their trace is taken. */
  readonly packed = new PackedSpans();
  readonly #groups = new Map<string, Group>();
  #spans = 0;
  #touched: Set<string> | undefined;

  /** How many spans were added, those that stood in the input twice counted twice. */
  get spanCount(): number {
    return this.#spans;
  }

  /** How many traces are here. */
  get size(): number {
    return this.#groups.size;
  }

  /** The traces to which spans are added from now on; for the caller to empty. */
  trackTouched(): Set<string> {
    this.#touched ??= new Set();
    return this.#touched;
  }

  /** @param shared whether the input says that another span has its id too (Zipkin). */
  add(span: Span, shared: boolean): void {
    this.#spans++;
    this.#touched?.add(span.traceId);
    const group = this.#group(span.traceId);
    group.spans.push(span);
    if (shared) {
      group.shared ??= new Set();
      group.shared.add(span);
    }
  }

  /** @param place that of a span among the packed ones. */
  addPacked(traceId: string, place: number): void {
    this.#spans++;
    this.#touched?.add(traceId);
    this.#group(traceId).spans.push(place);
  }

  /** Remembers something odd about a span, or about the whole trace. */
  note(traceId: string, code: QuirkCode, spanId?: string, detail?: string): void {
    const group = this.#group(traceId);
    group.quirks ??= new Map();
    note(group.quirks, code, spanId, detail);
  }

  /** The one copy of this trace id, if something of that trace is here; so that its many spans share the text. */
  known(traceId: string): string | undefined {
    return this.#groups.get(traceId)?.traceId;
  }

  /** The traces of which spans are here, without taking them. */
  ids(): Iterable<string> {
    return this.#groups.keys();
  }

  /** Gives a trace and forgets it. Undefined when there is no span of it. */
  take(traceId: string): Trace | undefined {
    const group = this.#groups.get(traceId);
    this.#groups.delete(traceId);
    if (group === undefined || group.spans.length === 0) {
      return undefined;
    }
    const quirks: QuirkNotes = group.quirks ?? new Map();
    const objects = group.spans.map((it) => (typeof it === "number" ? this.packed.take(it, traceId) : it));
    const spans = settleSpans(objects, group.shared ?? noSpans, quirks);
    return { traceId, spans, ...(quirks.size > 0 ? { quirks: toQuirks(quirks) } : {}) };
  }

  /** Gives every trace and forgets it: in the order of their starts, so that the order of the input does not matter. */
  *takeAll(): Generator<Trace> {
    const starts = [...this.#groups].map(([traceId, { spans }]) => ({
      traceId,
      start: this.#firstStart(spans),
    }));
    starts.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : a.traceId < b.traceId ? -1 : 1));
    for (const { traceId } of starts) {
      const trace = this.take(traceId);
      if (trace !== undefined) {
        yield trace;
      }
    }
  }

  #firstStart(spans: readonly (Span | number)[]): bigint {
    let first: bigint | undefined;
    for (const it of spans) {
      const start = typeof it === "number" ? this.packed.startOf(it) : it.startNs;
      if (first === undefined || start < first) first = start;
    }
    return first ?? 0n;
  }

  #group(traceId: string): Group {
    let group = this.#groups.get(traceId);
    if (group === undefined) {
      group = { traceId, spans: [], quirks: undefined, shared: undefined };
      this.#groups.set(traceId, group);
    }
    return group;
  }
}
