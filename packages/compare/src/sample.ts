import type { Decomposition, DecompositionNotes } from "./decompose.ts";
import { noNotes } from "./decompose.ts";
import type { Hop, HopRole } from "./hop.ts";
import { hopKey, hopRoles } from "./hop.ts";
import { NumberList } from "./number-list.ts";

/** A slow trace, to be looked at by its id. */
export interface SlowTrace {
  traceId: string;
  totalNs: number;
}

/** How many of the slowest traces are kept. */
const slowestKept = 10;

const noteKeys = Object.keys(noNotes) as (keyof DecompositionNotes)[];

/** What is said of traces with nothing odd too: parallel calls are not. */
const usual: ReadonlySet<keyof DecompositionNotes> = new Set([
  "onPath",
  "beside",
  "besideNs",
  "unseenQueue",
  "outside",
  "outsideNs",
  "queued",
  "queuedNs",
]);

/** What has been seen of many traces, as numbers only: 16 bytes for each hop of each trace. */
export class Sample {
  spans = 0;
  /** Sums over all traces; `traces` is in how many there was something odd. */
  readonly notes: DecompositionNotes & { traces: number } = { traces: 0, ...noNotes };
  readonly #slowest: SlowTrace[] = [];
  readonly #hashes = new NumberList();
  readonly #totals = new NumberList();
  readonly #hops = new Map<number, { hop: Hop; traces: NumberList; ns: NumberList; places: number }>();

  /** How many traces were added. */
  get traces(): number {
    return this.#totals.length;
  }

  /** The slowest traces, the slowest first. */
  get slowest(): readonly SlowTrace[] {
    return this.#slowest;
  }

  /** @param spans how many spans the trace has. */
  add(decomposition: Decomposition, spans: number): void {
    const { traceId, totalNs, parts, notes } = decomposition;
    const number = this.#totals.length;
    this.spans += spans;
    this.#totals.push(totalNs);
    this.#hashes.push(hashOf(traceId));
    for (let i = 0; i < parts.length; i++) {
      const { hop, ns } = parts[i] as { hop: Hop; ns: number };
      let values = this.#hops.get(hop.id);
      if (values === undefined) {
        values = { hop, traces: new NumberList(), ns: new NumberList(), places: 0 };
        this.#hops.set(hop.id, values);
      }
      values.traces.push(number);
      values.ns.push(ns);
      values.places += i;
    }
    let odd = false;
    for (const key of noteKeys) {
      this.notes[key] += notes[key];
      odd ||= !usual.has(key) && notes[key] > 0;
    }
    if (odd) this.notes.traces++;
    this.#keepSlow({ traceId, totalNs });
  }

  #keepSlow(trace: SlowTrace): void {
    const at = this.#slowest.findIndex(
      (it) => it.totalNs < trace.totalNs || (it.totalNs === trace.totalNs && it.traceId > trace.traceId),
    );
    if (at >= 0) {
      this.#slowest.splice(at, 0, trace);
    } else if (this.#slowest.length < slowestKept) {
      this.#slowest.push(trace);
    }
    this.#slowest.length = Math.min(this.#slowest.length, slowestKept);
  }

  /** The figures in an order that does not depend on the order in which the traces came. */
  frame(): Frame {
    const hashes = this.#hashes.view();
    const unordered = this.#totals.view();
    const order = Uint32Array.from(hashes.keys()).sort(
      (a, b) =>
        (hashes[a] as number) - (hashes[b] as number) || (unordered[a] as number) - (unordered[b] as number),
    );
    const row = new Uint32Array(order.length);
    order.forEach((trace, at) => {
      row[trace] = at;
    });
    const totals = Float64Array.from(order, (it) => unordered[it] as number);
    const hops = [...this.#hops.values()].map(({ hop, traces, ns, places }) => ({
      ...sparse(hopKey(hop), hop.role, traces.view(), ns.view(), row),
      hop,
      place: places / ns.length,
    }));
    hops.sort((a, b) => a.place - b.place || (a.key < b.key ? -1 : 1));
    return { traces: order.length, totals, hops, roles: rolesOf(hops, order.length) };
  }
}

/** A column of figures: one number for each trace in which it occurs. */
export interface Column {
  key: string;
  role: HopRole;
  /** Which traces, rising. */
  rows: Uint32Array;
  /** Nanoseconds in each of them. */
  ns: Float64Array;
}

/** The column of a hop. */
export type HopColumn = Column & {
  hop: Hop;
  /** How many hops come before it on average, from the top of the trace down. */
  place: number;
};

/** What a sample adds up to, ready for statistics. */
export interface Frame {
  traces: number;
  /** End-to-end time of each trace in ns. */
  totals: Float64Array;
  /** In the order of the calls. */
  hops: HopColumn[];
  /** One for each role that occurs. */
  roles: Column[];
}

function sparse(
  key: string,
  role: HopRole,
  traces: Float64Array,
  ns: Float64Array,
  row: Uint32Array,
): Column {
  const byRow = inRowOrder(traces, row);
  return {
    key,
    role,
    rows: Uint32Array.from(byRow, (it) => row[traces[it] as number] as number),
    ns: Float64Array.from(byRow, (it) => ns[it] as number),
  };
}

/** The positions in `traces`, by the rows of the traces. */
function inRowOrder(traces: Float64Array, row: Uint32Array): Uint32Array {
  const rowOf = (i: number) => row[traces[i] as number] as number;
  if (traces.length * 16 < row.length) {
    return Uint32Array.from(traces.keys()).sort((a, b) => rowOf(a) - rowOf(b));
  }
  // A hop that most traces have is quicker put in its place than sorted.
  const at = new Int32Array(row.length).fill(-1);
  for (let i = 0; i < traces.length; i++) at[rowOf(i)] = i;
  const ordered = new Uint32Array(traces.length);
  let next = 0;
  for (const i of at) {
    if (i >= 0) ordered[next++] = i;
  }
  return ordered;
}

function rolesOf(hops: HopColumn[], traces: number): Column[] {
  return hopRoles.flatMap((role) => {
    const columns = hops.filter((it) => it.role === role);
    if (columns.length === 0) {
      return [];
    }
    const sums = new Float64Array(traces);
    for (const { rows, ns } of columns) {
      for (let i = 0; i < rows.length; i++) {
        sums[rows[i] as number] = (sums[rows[i] as number] as number) + (ns[i] as number);
      }
    }
    const rows = Uint32Array.from(sums.keys()).filter((it) => (sums[it] as number) > 0);
    return [{ key: role, role, rows, ns: Float64Array.from(rows, (it) => sums[it] as number) }];
  });
}

/** FNV-1a of a trace id, 32 bits: spreads ids evenly, also those that some systems count up. */
function hashOf(traceId: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < traceId.length; i++) {
    hash = Math.imul(hash ^ traceId.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}
