import type { VerdictItem, VerdictKind } from "./verdict-item.ts";

/** One expectation of a file, and in how many traces it is met. */
export interface CountedExpectation {
  kind: VerdictKind;
  /** What was expected, in words. */
  expectation: string;
  /** Whether it is met in every trace that it was looked for in. */
  ok: boolean;
  /** Whether it is nowhere unmet by itself, but only because a hop before it is not there. */
  follows: boolean;
  /** In how many traces it was looked for, and in how many of them it is met; 1 and 0 or 1 for what is about the whole input. */
  traces: number;
  met: number;
  /** What came of it in one trace: the one with the smallest id of those where it is not met by itself, else of all. */
  example: VerdictItem;
}

/** The expectations of a file as a checklist. */
export interface Verdict {
  /** The name of what is expected. */
  name: string;
  ok: boolean;
  /** How many traces are as expected, not looking at what is expected of the input as a whole. */
  asExpected: number;
  /** Each expectation once, counted over all traces. */
  expectations: CountedExpectation[];
  /** What came of each in each trace; of very many traces, those that are not as expected and the first others. */
  items: VerdictItem[];
}

const kinds: readonly VerdictKind[] = [
  "traces",
  "finding",
  "findings",
  "roots",
  "hop",
  "span",
  "spans",
  "others",
];

/** Counts what came of each expectation, trace by trace. */
export class ExpectationCounts {
  readonly #counts = new Map<string, CountedExpectation>();

  /** Adds what came of the expectations in one trace, or for the input as a whole. */
  add(items: readonly VerdictItem[]): void {
    const byKey = new Map<string, VerdictItem>();
    for (const it of items) {
      const key = `${it.path}\n${it.expectation}`;
      const known = byKey.get(key);
      if (known === undefined || isTelling(it, known)) byKey.set(key, it);
    }
    for (const [key, it] of byKey) this.#count(key, it);
  }

  #count(key: string, it: VerdictItem): void {
    const known = this.#counts.get(key);
    if (known === undefined) {
      this.#counts.set(key, {
        kind: it.kind,
        expectation: it.expectation,
        ok: it.ok,
        follows: isFollower(it),
        traces: 1,
        met: it.ok ? 1 : 0,
        example: it,
      });
      return;
    }
    known.traces++;
    if (it.ok) known.met++;
    known.follows = known.ok ? isFollower(it) : known.follows && (it.ok || isFollower(it));
    known.ok &&= it.ok;
    if (isTelling(it, known.example)) known.example = it;
  }

  /** All of them, in the order in which files are written. */
  list(): CountedExpectation[] {
    return [...this.#counts.values()].sort(
      (a, b) => rankOf(a) - rankOf(b) || compare(orderOf(a.example), orderOf(b.example)),
    );
  }
}

/** What a hop's spans say stands with the hop. */
function rankOf({ kind }: CountedExpectation): number {
  return kinds.indexOf(kind === "span" ? "hop" : kind);
}

/** A text that sorts as the file is written: numbers by their value. */
function orderOf({ path, expectation }: VerdictItem): string {
  return `${path.replace(/\d+/g, (it) => it.padStart(6, "0"))}\n${expectation}`;
}

function isFollower({ state }: VerdictItem): boolean {
  return state === "follows" || state === "unreached";
}

/** Whether the one says more than the other: what is not met by itself; of two alike, that of the smaller trace id. */
function isTelling(a: VerdictItem, b: VerdictItem): boolean {
  const weight = (it: VerdictItem) => (it.ok ? 0 : isFollower(it) ? 1 : 2);
  return weight(a) > weight(b) || (weight(a) === weight(b) && compare(a.traceId ?? "", b.traceId ?? "") < 0);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
