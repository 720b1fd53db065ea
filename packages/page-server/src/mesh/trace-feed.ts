import { fetchTrace, findTraces } from "@envoy-mesh-lab/trace/node";
import { pause } from "../pause.ts";
import { TraceWindow, windowLimits } from "./trace-window.ts";

/** The shortest pause between two searches, in milliseconds; it is twice as long as the search took, if that is longer. */
const shortestPauseMs = 200;

/** How far back most searches look, in milliseconds; the whole window is searched every so often, for what came late. */
const nearMs = 10_000;
const wideEveryMs = 5_000;

/** Traces that one search gives at most. */
const foundAtOnce = 1_000;

/** Traces that are read between two searches, the newest first, and at the same time. The rest is reckoned, see `Window`. */
const readAtOnce = 60;
const readTogether = 4;

/** How many found traces are remembered; more than the window has of up to 600 a second. */
const remembered = 20_000;

/**
 * Traces that are said to come: how many at a time, how long each is waited for, and after how long it has all its spans, which
 * leave every part within 200 ms. In milliseconds.
 */
const expectedAtMost = 50;
const expectedMs = 5_000;
const settledMs = 500;

/** What Tempo has of the last seconds, read into a window, as far as there is time for it. */
export class TraceFeed {
  readonly window = new TraceWindow();
  readonly #tempo: () => Promise<string>;
  /** Found traces: when they began, and how many of their spans were there when they were read last, 0 when not yet. */
  readonly #found = new Map<string, { readonly startMs: number; spans: number }>();
  /** Traces that will come, and since when that is known. */
  readonly #expected = new Map<string, number>();
  #searchedAll = 0;
  /** Rises with each trace that is read or expires. */
  changes = 0;
  /** Whether a search gave as many traces as it may. */
  hasMore = false;
  /** Why Tempo does not answer; empty while it does. */
  problem = "";

  constructor(tempo: () => Promise<string>) {
    this.#tempo = tempo;
  }

  /** How many traces the window's time has. */
  get found(): number {
    return this.#found.size;
  }

  /**
   * Says that a trace will come: it is asked for by its id, which Tempo knows as soon as its first span has come, and not only
   * when a search finds it, which takes about a second (`trace_idle_period`).
   */
  expect(traceId: string): void {
    if (this.#expected.size < expectedAtMost) this.#expected.set(traceId, Date.now());
  }

  /** Searches and reads until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const startedAt = Date.now();
      try {
        await this.#once(startedAt, signal);
        this.problem = "";
      } catch (error) {
        this.problem = error instanceof Error ? error.message : String(error);
      }
      this.#expire(Date.now());
      await pause(Math.max(shortestPauseMs, 2 * (Date.now() - startedAt)), signal);
    }
  }

  async #once(now: number, signal: AbortSignal): Promise<void> {
    const tempo = await this.#tempo();
    for (const [traceId, since] of [...this.#expected].slice(0, readTogether * 2)) {
      if (!this.#found.has(traceId)) this.#found.set(traceId, { startMs: since, spans: 0 });
      await this.#read(tempo, traceId, 0);
      const isThere = this.window.has(traceId) && now - since > settledMs;
      if (isThere || now - since > expectedMs) this.#expected.delete(traceId);
    }
    const isWide = now - this.#searchedAll > wideEveryMs;
    const startMs = now - (isWide ? windowLimits.ms : nearMs);
    // With this hint of TraceQL (Tempo 2.8), the newest and not just any.
    const query = "{} with (most_recent=true)";
    const found = await findTraces(tempo, { query, startMs, endMs: now, limit: foundAtOnce });
    if (isWide) {
      this.#searchedAll = now;
      this.hasMore = found.length >= foundAtOnce;
    }
    const unread: { traceId: string; spans: number }[] = [];
    for (const { traceId, startNs, matched } of found) {
      const startedMs = Number(startNs / 1_000_000n);
      // Tempo searches in whole seconds; what is beside the window was not asked for.
      if (startedMs < now - windowLimits.ms) continue;
      const known = this.#found.get(traceId) ?? { startMs: startedMs, spans: 0 };
      this.#found.set(traceId, known);
      if (matched > known.spans) unread.push({ traceId, spans: matched });
    }
    for (const id of this.#found.keys()) {
      if (this.#found.size <= remembered) break;
      this.#found.delete(id);
    }
    const reading = unread.slice(0, readAtOnce).values();
    const reader = async () => {
      for (const { traceId, spans } of reading) {
        if (signal.aborted) return;
        await this.#read(tempo, traceId, spans);
      }
    };
    await Promise.all(Array.from({ length: readTogether }, reader));
  }

  async #read(tempo: string, traceId: string, spans: number): Promise<void> {
    const trace = await fetchTrace(tempo, traceId);
    const known = this.#found.get(traceId);
    if (trace === undefined || known === undefined) return;
    known.spans = Math.max(spans, trace.spans.length);
    this.window.add(trace, known.startMs);
    this.changes++;
  }

  #expire(now: number): void {
    const before = this.window.size;
    for (const [id, { startMs }] of this.#found) {
      if (startMs < now - windowLimits.ms) this.#found.delete(id);
    }
    this.window.expire(now);
    if (this.window.size !== before) this.changes++;
  }
}
