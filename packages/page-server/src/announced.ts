import type { TraceLine } from "@envoy-mesh-lab/check";
import { pause } from "./pause.ts";

/** How many are asked for at a time, and how many may wait; those beyond are found by a search. */
const readTogether = 8;
const mostWaiting = 100;

/** After how long a trace has all of its spans, which leave every part within 200 ms; and how long one is waited for. */
const settledMs = 500;
const givenUpMs = 3_000;

/** The traces that one list waits for by their ids. */
export class Announced {
  readonly #waiting = new Map<string, number>();
  #wake: () => void = () => undefined;

  get size(): number {
    return this.#waiting.size;
  }

  /** Adds one, and ends a pause. */
  add(traceId: string): void {
    if (this.#waiting.size >= mostWaiting || this.#waiting.has(traceId)) return;
    this.#waiting.set(traceId, Date.now());
    this.#wake();
  }

  /** Those to ask for now, the oldest first. */
  next(): string[] {
    return [...this.#waiting.keys()].slice(0, readTogether);
  }

  /**
   * What can be told of those that came: a trace with something wrong may only be one whose spans are not all there, so it is told
   * when they have had their time. Those that are reported or did not come at all are forgotten.
   */
  ready(lines: readonly TraceLine[], now = Date.now()): TraceLine[] {
    const age = (traceId: string) => now - (this.#waiting.get(traceId) ?? now);
    const ready = lines.filter((it) => it.findings.length === 0 || age(it.traceId) > settledMs);
    for (const { traceId } of ready) this.#waiting.delete(traceId);
    for (const traceId of this.#waiting.keys()) if (age(traceId) > givenUpMs) this.#waiting.delete(traceId);
    return ready;
  }

  /** Waits so long, in milliseconds, or until one is added. */
  async pause(ms: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await pause(ms, AbortSignal.any([signal, woken.signal]));
    this.#wake = () => undefined;
  }
}
