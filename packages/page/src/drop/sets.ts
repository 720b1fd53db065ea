import type { TraceLine } from "@envoy-mesh-lab/check";
import { signal } from "@preact/signals";
import { AnalysisError, ask } from "../analysis/analyst.ts";
import { shown } from "../analysis/shown.ts";
import type { ReadProgress, SetSummary } from "../analysis/trace-sets.ts";

/** A set of traces on the page: read from dropped files, or fetched to be compared. It lives as long as the page is open. */
export interface TraceSet {
  /** Its number on the page, from 1; part of links to its traces. */
  readonly number: number;
  readonly name: string;
  readonly lines: readonly TraceLine[];
  readonly state:
    | { readonly kind: "reading"; readonly bytes: number; readonly ofBytes: number }
    | { readonly kind: "read"; readonly summary: SetSummary }
    | { readonly kind: "failed"; readonly message: string; readonly hint: string };
}

/** The sets, in the order in which they came. */
export const sets = signal<readonly TraceSet[]>([]);

let lastNumber = 0;

/** Reads dropped files into one set, in the worker. Gives its number at once. */
export function addFiles(files: readonly File[]): number {
  const name = shown(files.map((it) => it.name).join(", "));
  const ofBytes = files.reduce((sum, it) => sum + it.size, 0);
  return addSet(name, ofBytes, (onProgress) =>
    ask("readFiles", [files.map((it) => ({ name: it.name, blob: it as Blob }))], onProgress),
  );
}

/**
 * Adds a set that is being read.
 *
 * @param ofBytes how many bytes there are to read; 0 when that is not known.
 * @param read reads it, and says how far it is.
 */
export function addSet(
  name: string,
  ofBytes: number,
  read: (onProgress: (progress: ReadProgress) => void) => Promise<SetSummary>,
): number {
  const number = ++lastNumber;
  sets.value = [...sets.value, { number, name, lines: [], state: { kind: "reading", bytes: 0, ofBytes } }];
  read(({ bytes, lines }) =>
    change(number, (it) => ({
      ...it,
      lines: lines === undefined ? it.lines : [...it.lines, ...lines],
      state: { kind: "reading", bytes, ofBytes },
    })),
  ).then(
    (summary) => change(number, (it) => ({ ...it, state: { kind: "read", summary } })),
    (error: unknown) => change(number, (it) => ({ ...it, state: { kind: "failed", ...wordsOf(error) } })),
  );
  return number;
}

/** Forgets a set. */
export function removeSet(number: number): void {
  const state = setOf(number)?.state;
  if (state?.kind === "read") void ask("removeSet", [state.summary.setId]);
  sets.value = sets.value.filter((it) => it.number !== number);
}

/** The set with this number; undefined when it is gone. */
export function setOf(number: number): TraceSet | undefined {
  return sets.value.find((it) => it.number === number);
}

function change(number: number, by: (set: TraceSet) => TraceSet): void {
  sets.value = sets.value.map((it) => (it.number === number ? by(it) : it));
}

/** What is wrong, and what to do. */
export function wordsOf(error: unknown): { message: string; hint: string } {
  if (error instanceof AnalysisError) return { message: error.message, hint: error.hint };
  return { message: error instanceof Error ? error.message : String(error), hint: "load the page again" };
}
