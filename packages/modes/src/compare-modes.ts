import type { ModesResult } from "@envoy-mesh-lab/compare";
import { interleave, judgeModes, modeNames, seededRandom } from "@envoy-mesh-lab/compare";
import type { Protocol } from "@envoy-mesh-lab/connections";
import type { CallRequest } from "@envoy-mesh-lab/load";
import type { Mesh } from "@envoy-mesh-lab/mesh";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import type { ModeCall } from "./calls.ts";
import { callInTurns } from "./calls.ts";
import type { ModesProgress } from "./progress.ts";
import { readSamples } from "./traces.ts";

/** A run over all modes. */
interface CompareModesOptions {
  readonly mesh: Mesh;
  /** Base URL of Tempo's API. */
  readonly tempo: string;
  /** The call to make. */
  readonly request: CallRequest;
  readonly protocol: Protocol;
  /** How many rounds of one call in each mode. Default: 200. */
  readonly rounds?: number;
  /**
   * Rounds before, whose calls no figure knows of. Default: 100, as the gateways of the modes are processes of their
   * own, and one that has just been started runs code that is not optimised yet.
   */
  readonly warmUp?: number;
  /** Calls per second, over all modes. Default: 30, at which a call without work has ended before the next is due. */
  readonly rate?: number;
  /** Seed of the order, from 1 to 2^31 - 2. Default: 1. */
  readonly seed?: number;
  /** How long a call's trace may take to arrive in Tempo before it counts as missing, in milliseconds. */
  readonly arrivalMs: number;
  /** Ends the calls when aborted; what was measured so far is reported. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ModesProgress) => void;
}

/**
 * Measures what the proxies of the mesh cost: the same call past no proxy, past one, and past all of them, in one
 * interleaved run, both from the spans and on the client's own clock.
 *
 * @throws {LabError} when the mesh lacks a way in (`notRunning`), the run would be too long (`usage`), no call went
 * well (`callFailed`), or in no round the traces of all modes are whole (`traceMissing`).
 */
export async function compareModes(options: CompareModesOptions): Promise<ModesResult> {
  const { mesh, tempo, request, protocol, signal, onProgress = () => undefined } = options;
  const { rounds = 200, warmUp = 100, rate = 30, seed = 1 } = options;
  const turns = interleave(modeNames, rounds, warmUp, seededRandom(seed));
  const made = await callInTurns(turns, {
    mesh,
    call: { request, protocol },
    rate,
    signal,
    onCall: (calls) =>
      onProgress({ step: "calls", done: calls.length, of: turns.length, calls, samples: [] }),
  });
  const calls = made.filter((it) => it.round >= 0);
  const ok = calls.filter((it) => it.code === "ok");
  if (ok.length === 0) {
    throw new LabError(`of ${calls.length} measured calls not one went well${codesOf(calls)}`, {
      exitCode: signal?.aborted ? ExitCode.interrupted : ExitCode.callFailed,
      hint: "`lab load` shows the errors, `lab status` whether all parts are well",
    });
  }
  const samples = await readSamples({ tempo, arrivalMs: options.arrivalMs }, ok, (done, samples) =>
    onProgress({ step: "traces", done, of: ok.length, calls: made, samples }),
  );
  const figures = judgeModes(samples);
  if (figures === undefined) {
    throw new LabError(
      `in no round the traces of all modes are whole (${samples.length} of ${ok.length} traces are, in Tempo)`,
      { exitCode: ExitCode.traceMissing, hint: "`lab call && lab check` says where spans are lost" },
    );
  }
  return {
    rpc: `${request.rpc.method.parent.typeName}/${request.rpc.method.name}`,
    protocol,
    askedRate: rate,
    seed,
    calls: calls.length,
    failed: calls.length - ok.length,
    incomplete: ok.length - samples.length,
    heldBack: calls.filter((it) => it.heldBack).length,
    interrupted: signal?.aborted === true,
    ...figures,
  };
}

function codesOf(calls: readonly ModeCall[]): string {
  const counts = [...Map.groupBy(calls, (it) => it.code)].map(([code, all]) => `${all.length} ${code}`);
  return counts.length === 0 ? "" : `: ${counts.join(", ")}`;
}
