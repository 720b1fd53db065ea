/**
 * Traces of calls that were made from here: their ids are known before a search in Tempo finds them, which takes about a second
 * (`trace_idle_period`); by its id, Tempo gives a trace as soon as its first span has come.
 */
export class ComingTraces {
  readonly #listeners = new Set<(traceId: string) => void>();

  /** Says that a trace will come. */
  announce(traceId: string): void {
    for (const tell of this.#listeners) tell(traceId);
  }

  /** Tells of each trace that is announced, until the signal. */
  listen(tell: (traceId: string) => void, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#listeners.add(tell);
    signal.addEventListener("abort", () => this.#listeners.delete(tell), { once: true });
  }
}

/** Traces of one export that are announced: a browser makes calls by hand and a few a second. */
const announcedAtOnce = 50;

/** The traces that an export in OTLP JSON has spans of. They are ids that Tempo is asked for, and nothing else is read of it. */
export function tracesIn(otlpJson: string): string[] {
  const found = otlpJson.matchAll(/"traceId":"([0-9a-f]{32})"/g);
  return [...new Set([...found].map((it) => it[1] as string))].slice(0, announcedAtOnce);
}
