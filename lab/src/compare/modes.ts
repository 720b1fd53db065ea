import type { Protocol } from "@envoy-mesh-lab/connections";
import type { CallRequest } from "../call/call.ts";
import { ExitCode } from "../exit-codes.ts";
import { LabError } from "../lab-error.ts";
import { type Caller, createCaller, type LoadCall } from "../load/caller.ts";
import { monotonicClock } from "../load/clock.ts";
import { limits, sizeOf } from "../load/limits.ts";
import { type Arrival, runOpenLoop } from "../load/open-loop.ts";
import { assertReachable } from "../load/reach.ts";
import type { Mesh } from "../native/mesh.ts";
import { waitForTrace } from "../trace/tempo.ts";
import { interleave, randomFrom } from "./modes-order.ts";
import { partsOf } from "./modes-parts.ts";
import { judgeModes, type ModeSample, type ModesFigures } from "./modes-result.ts";
import { type Mode, type ModeName, modes, spansOf, urlOf } from "./modes-table.ts";

/** A run over all modes. */
export interface CompareModesOptions {
  readonly mesh: Mesh;
  /** Base URL of Tempo's API. */
  readonly tempo: string;
  /** The call to make. */
  readonly request: CallRequest;
  readonly protocol: Protocol;
  /** How many rounds of one call in each mode. Default: 200. */
  readonly rounds?: number;
  /** Rounds before, whose calls no figure knows of. Default: 20. */
  readonly warmUp?: number;
  /** Calls per second, over all modes. Default: 30, at which one call has ended before the next is due. */
  readonly rate?: number;
  /** Seed of the order and of the bootstrap. Default: 1. */
  readonly seed?: number;
  /** Ends the run when aborted, with what was measured so far. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ModesProgress) => void;
}

/** How far a run is: its calls are made first, then their traces read. */
export interface ModesProgress {
  readonly step: "calls" | "traces";
  readonly done: number;
  readonly of: number;
}

/** What a run over all modes tells, and what it was. */
export interface ModesResult extends ModesFigures {
  readonly rpc: string;
  readonly protocol: Protocol;
  readonly askedRate: number;
  readonly seed: number;
  /** Calls that were measured, of them those that failed, and those whose trace is not whole in Tempo. */
  readonly calls: number;
  readonly failed: number;
  readonly incomplete: number;
  /** Calls that started late because one before them was under way. */
  readonly heldBack: number;
  readonly interrupted: boolean;
}

/** How long a trace may take to arrive whole, in milliseconds. */
const arrivalTimeout = Number(process.env.LAB_TRACE_TIMEOUT ?? 10_000);
/** Traces that are asked for at a time. */
const lookUps = 4;

/**
 * Measures what the proxies of the mesh cost: the same call without any proxy, past one, and past all of them, in one
 * interleaved run, both from the spans and on the client's own clock. One call is under way at a time, so that the
 * modes do not disturb each other.
 *
 * @throws {LabError} when the mesh lacks a way in (`notRunning`), the run would be too long (`usage`), or not one round
 * went well (`callFailed`) with whole traces (`traceMissing`).
 */
export async function compareModes(options: CompareModesOptions): Promise<ModesResult> {
  const { mesh, request, protocol, rounds = 200, warmUp = 20, rate = 30, seed = 1, onProgress } = options;
  const turns = interleave(
    modes.map((it) => it.name),
    rounds,
    warmUp,
    randomFrom(seed),
  );
  const size = sizeOf(rate, { number: turns.length });
  const callers = new Map<ModeName, Caller>();
  const arrivals: Arrival<LoadCall>[] = [];
  try {
    for (const mode of modes) {
      const url = urlOf(mode, mesh);
      await assertReachable(url);
      callers.set(
        mode.name,
        createCaller({ url, mix: [{ request, protocol }], beginsTrace: !mode.tellsTrace }),
      );
    }
    await runOpenLoop<LoadCall>({
      ...size,
      maxInFlight: 1,
      drainMs: limits.drainMs,
      graceMs: limits.graceMs,
      ...(options.signal ? { signal: options.signal } : {}),
      clock: monotonicClock,
      send: (index) => callerOf(callers, turns[index]?.mode).send(index),
      onEnd: (arrival) => {
        arrivals.push(arrival);
        onProgress?.({ step: "calls", done: arrivals.length, of: turns.length });
      },
    });
  } finally {
    for (const caller of callers.values()) {
      caller.close();
    }
  }
  const measured = arrivals.filter((it) => (turns[it.index]?.round ?? -1) >= 0);
  const ok = measured.filter((it) => it.result.code === "ok");
  if (ok.length === 0) {
    throw new LabError(`not one of ${measured.length} calls went well: ${codesOf(measured)}`, {
      exitCode: ExitCode.callFailed,
      hint: "`lab load` shows the errors, `lab status` whether all parts are well",
    });
  }
  const samples: ModeSample[] = [];
  await inParallel(lookUps, ok, async ({ index, startedAt, endedAt, result }, done) => {
    const turn = turns[index];
    const mode = modes.find((it) => it.name === turn?.mode);
    const parts = mode && (await partsInTempo(options.tempo, mode, result.traceId));
    if (turn && parts) {
      samples.push({ ...turn, clockMs: endedAt - startedAt, parts });
    }
    onProgress?.({ step: "traces", done, of: ok.length });
  });
  const figures = judgeModes(samples, seed);
  if (figures === undefined) {
    throw new LabError(
      `in no round all modes have a whole trace (${samples.length} of ${ok.length} traces are whole in Tempo)`,
      {
        exitCode: ExitCode.traceMissing,
        hint: "`lab call && lab check` tells where spans are lost",
      },
    );
  }
  return {
    rpc: `${request.rpc.method.parent.typeName}/${request.rpc.method.name}`,
    protocol,
    askedRate: rate,
    seed,
    calls: measured.length,
    failed: measured.length - ok.length,
    incomplete: ok.length - samples.length,
    heldBack: measured.filter((it) => it.freeAt > it.dueAt).length,
    interrupted: options.signal?.aborted === true,
    ...figures,
  };
}

function callerOf(callers: ReadonlyMap<ModeName, Caller>, mode: ModeName | undefined): Caller {
  const caller = mode && callers.get(mode);
  if (caller === undefined) {
    throw new Error("a call beyond the schedule");
  }
  return caller;
}

async function partsInTempo(tempo: string, mode: Mode, traceId: string | undefined) {
  if (traceId === undefined) {
    return undefined;
  }
  const expected = spansOf(mode);
  const trace = await waitForTrace(tempo, traceId, arrivalTimeout, (it) => it.spans.length >= expected);
  return trace?.spans.length === expected ? partsOf(trace) : undefined;
}

/** Works on all items, some at a time. */
async function inParallel<T>(
  width: number,
  items: readonly T[],
  work: (item: T, done: number) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  let done = 0;
  const worker = async () => {
    for (const item of rest) {
      await work(item, ++done);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
}

function codesOf(arrivals: readonly Arrival<LoadCall>[]): string {
  const counts = Map.groupBy(arrivals, (it) => it.result.code);
  return [...counts].map(([code, all]) => `${all.length} ${code}`).join(", ");
}
