import { setTimeout as delay } from "node:timers/promises";
import type { Expected } from "@envoy-mesh-lab/check";
import { LabError } from "@envoy-mesh-lab/trace";
import { fetchTrace } from "@envoy-mesh-lab/trace/node";
import { factsOf } from "./facts.ts";
import type { CallRecord, TraceRecord } from "./record.ts";

/** How long after its call a trace is looked up, in milliseconds: spans leave every part within 200. */
const firstLookMs = 3_500;
/** One that is not whole then is looked up once more, so long after the call. */
const secondLookMs = 7_500;
const pollMs = 250;
/** At most so many are looked up at a time, and the load is thinned to one call in so many. */
const [atATime, oneIn] = [8, 2];

/** A trace that is to be looked up. */
interface Look {
  readonly call: CallRecord;
  readonly traceId: string;
  readonly at: number;
  readonly isLast: boolean;
}

/** Looks up the traces of the load's calls, some seconds after each. */
export class TraceWatch {
  readonly #tempo: string;
  readonly #expected: Expected;
  readonly #onTrace: (it: TraceRecord) => void;
  #due: Look[] = [];
  #seen = 0;

  constructor(tempo: string, expected: Expected, onTrace: (it: TraceRecord) => void) {
    this.#tempo = tempo;
    this.#expected = expected;
    this.#onTrace = onTrace;
  }

  add(call: CallRecord): void {
    // By sevens, so that each kind of call has its turn.
    const isChosen = Math.floor(this.#seen++ / 7) % oneIn === 0;
    if (isChosen && call.traceId) {
      this.#due.push({ call, traceId: call.traceId, at: call.at + firstLookMs, isLast: false });
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const now = Date.now();
      const due = this.#due.filter(({ at }) => at <= now).slice(0, atATime);
      this.#due = this.#due.filter((it) => !due.includes(it));
      await Promise.all(due.map((it) => this.#look(it)));
      if (due.length < atATime) await delay(pollMs);
    }
  }

  async #look({ call, traceId, isLast }: Look): Promise<void> {
    const trace = await fetchTrace(this.#tempo, traceId).catch((error: unknown) => {
      // Tempo may be away for a while: then no trace is found.
      if (error instanceof LabError) return undefined;
      throw error;
    });
    const facts = trace && factsOf(trace, call.at, this.#expected);
    const isWhole = facts !== undefined && (facts.findings.length === 0 || call.code !== "ok");
    if (!isWhole && !isLast) {
      this.#due.push({ call, traceId, at: call.at + secondLookMs, isLast: true });
      return;
    }
    this.#onTrace({
      is: "trace",
      at: Date.now(),
      callAt: call.at,
      code: call.code,
      traceId,
      ...(facts ? { facts } : {}),
    });
  }
}
