import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Question, Ready, SpanSample, Usage, WorkerSetup } from "./protocol.ts";
import type { Variant, VariantName } from "./variants.ts";
import { unitsPerCall, variants } from "./variants.ts";

/** Something per unit (see unitsPerCall), at both ends. A loop has a client only, and 0 for its server. */
export interface Ends {
  readonly client: number;
  readonly server: number;
}

/** A variant whose processes run. Close it, however its measurements went. */
export interface Session {
  /**
   * Makes units and returns the user time of one, in microseconds.
   *
   * @throws when a call fails, or when other spans were made than one for each call at each end, as then the figure
   *   would say nothing
   */
  cpu(units: number): Promise<Ends>;
  /**
   * Makes units and returns what one allocates, in bytes on the JavaScript heap. Needs a session for allocation.
   *
   * @throws when garbage was collected meanwhile
   */
  allocation(units: number): Promise<Ends>;
  /** The spans of the client and of the server that were made last, where there are any. */
  readonly samples: readonly SpanSample[];
  close(): Promise<void>;
}

export interface SessionOptions {
  /** For the floor: the spans to make. */
  readonly samples?: readonly SpanSample[];
  /** Folder for CPU profiles of the processes. Default: none are made. */
  readonly profiles?: string;
  /** For measuring allocation: a young generation so large that nothing is collected meanwhile. Default: no. */
  readonly roomy?: boolean;
}

/** No answer takes so long, in milliseconds; a process that gives none would be waited for in vain. */
const patienceMs = 60_000;

/** Starts the processes of a variant: a server and a client, or a loop alone. */
export async function openSession(name: VariantName, options: SessionOptions = {}): Promise<Session> {
  const variant = variants[name];
  const execArgv = [
    ...(options.profiles === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${options.profiles}`]),
    ...(options.roomy ? ["--expose-gc", "--min-semi-space-size=512", "--max-semi-space-size=512"] : []),
  ];
  const workers: ChildProcess[] = [];
  async function start(setup: Omit<WorkerSetup, "variant">): Promise<Ready> {
    const full: WorkerSetup = { ...setup, variant: name };
    const worker = fork(join(import.meta.dirname, "worker.ts"), [JSON.stringify(full)], { execArgv });
    workers.unshift(worker);
    return answer<Ready>(worker, "ready");
  }
  async function close(): Promise<void> {
    await Promise.all(workers.map(end));
  }
  try {
    const samples = options.samples === undefined ? {} : { samples: options.samples };
    if (variant.wire === "loop") {
      await start({ role: "loop", ...samples });
    } else {
      const { port } = await start({ role: "server", ...samples });
      await start({ role: "client", port, ...samples });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return new RunningSession(name, variant, workers, close);
}

class RunningSession implements Session {
  samples: readonly SpanSample[] = [];
  readonly close: () => Promise<void>;
  readonly #name: VariantName;
  readonly #variant: Variant;
  /** The client or the loop, then the server. */
  readonly #workers: readonly ChildProcess[];

  constructor(
    name: VariantName,
    variant: Variant,
    workers: readonly ChildProcess[],
    close: () => Promise<void>,
  ) {
    this.#name = name;
    this.#variant = variant;
    this.#workers = workers;
    this.close = close;
  }

  async cpu(units: number): Promise<Ends> {
    const { before, after, calls, made } = await this.#make(units);
    for (const [i, usage] of after.entries()) {
      this.#checkTelemetry(i, before[i], usage, calls);
    }
    return perUnit(before, after, made, ({ cpu }) => cpu);
  }

  async allocation(units: number): Promise<Ends> {
    await Promise.all(this.#workers.map((worker) => ask(worker, { ask: "collect" })));
    const { before, after, made } = await this.#make(units);
    if (after.some((usage, i) => usage.collections !== before[i]?.collections)) {
      throw new Error(
        `${this.#name}: garbage was collected while allocation was measured; measure fewer calls`,
      );
    }
    return perUnit(before, after, made, ({ heap }) => heap);
  }

  async #make(units: number) {
    const perCall = unitsPerCall(this.#variant.wire);
    const calls = Math.ceil(units / perCall);
    const [client, ...server] = this.#workers;
    if (client === undefined) throw new Error(`${this.#name} has no process`);
    const before = await Promise.all(this.#workers.map((worker) => ask(worker, { ask: "usage" })));
    const after = [
      await ask(client, { ask: "calls", count: calls }),
      ...(await Promise.all(server.map((worker) => ask(worker, { ask: "usage" })))),
    ];
    this.samples = after.map(({ sample }) => sample).filter((sample) => sample !== undefined);
    return { before, after, calls, made: calls * perCall };
  }

  /** One span for each call at each end, two for a pass of a loop; where metrics are on, one recording likewise. */
  #checkTelemetry(index: number, before: Usage | undefined, after: Usage, calls: number): void {
    const { wire, sdk } = this.#variant;
    const wantedSpans = sdk === "none" ? 0 : calls * (wire === "loop" ? 2 : 1);
    const wantedRecords = sdk === "metrics" ? calls : 0;
    const spans = after.spans - (before?.spans ?? 0);
    const records = after.recorded - (before?.recorded ?? 0);
    if (spans !== wantedSpans || records !== wantedRecords) {
      throw new Error(
        `${this.#name}, ${index === 0 ? "client" : "server"}: ${calls} calls gave ${spans} spans and ${records} ` +
          `recorded durations instead of ${wantedSpans} and ${wantedRecords}; what was measured is something else`,
      );
    }
  }
}

function perUnit(
  before: readonly Usage[],
  after: readonly Usage[],
  units: number,
  of: (usage: Usage) => number,
): Ends {
  const [client = 0, server = 0] = after.map((usage, i) => {
    const earlier = before[i];
    return earlier === undefined ? Number.NaN : (of(usage) - of(earlier)) / units;
  });
  return { client, server };
}

function ask(worker: ChildProcess, question: Question): Promise<Usage> {
  const answered = answer<Usage>(worker, question.ask);
  worker.send(question);
  return answered;
}

/** The next message of a process. @throws when it ends or keeps silent instead */
async function answer<T>(worker: ChildProcess, what: string): Promise<T> {
  const heard = new AbortController();
  const signal = AbortSignal.any([AbortSignal.timeout(patienceMs), heard.signal]);
  try {
    return await Promise.race([
      once(worker, "message", { signal }).then(([message]) => message as T),
      once(worker, "exit", { signal }).then(([code]) => {
        throw new Error(`process ${worker.pid} ended with ${code} instead of answering "${what}"`);
      }),
    ]);
  } finally {
    heard.abort();
  }
}

async function end(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  const ended = once(worker, "exit");
  if (worker.connected) worker.disconnect();
  await ended;
}
