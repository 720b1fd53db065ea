import type { Mode, ModeName, Turn } from "@envoy-mesh-lab/compare";
import { modes } from "@envoy-mesh-lab/compare";
import type { Arrival, CallKind, LoadCall } from "@envoy-mesh-lab/load";
import {
  assertReachable,
  createCaller,
  limits,
  monotonicClock,
  runOpenLoop,
  sizeOf,
} from "@envoy-mesh-lab/load";
import type { Mesh, PartPort } from "@envoy-mesh-lab/mesh";
import { isIstio, labParts } from "@envoy-mesh-lab/mesh";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";

/** Where a call of each mode goes in. */
const entries: Record<ModeName, PartPort> = {
  baseline: labParts.gatewayDirect,
  one: labParts.gatewayOne,
  all: labParts.edge,
};

/** A call that was made, and whose turn it was. */
export interface ModeCall extends Turn {
  readonly code: string;
  readonly traceId?: string;
  /** From its start to its end, on this process's clock, in milliseconds. */
  readonly clockMs: number;
  /** Whether it started late because the one before was under way. */
  readonly heldBack: boolean;
}

/**
 * Makes a call for each turn at a constant rate. One is under way at a time, so that the modes do not disturb each
 * other; each mode has a connection of its own.
 *
 * @throws {LabError} when the mesh lacks a way in (`notRunning`), or the calls are too many (`usage`).
 */
export async function callInTurns(
  turns: readonly Turn[],
  options: {
    mesh: Mesh;
    call: CallKind;
    rate: number;
    signal?: AbortSignal | undefined;
    onCall: (calls: readonly ModeCall[]) => void;
  },
): Promise<ModeCall[]> {
  const size = sizeOf(options.rate, { number: turns.length });
  const targets = modes.map((mode) => ({ mode, url: urlOf(mode, options.mesh) }));
  await Promise.all(targets.map(({ url }) => assertReachable(url)));
  const callers = new Map(
    targets.map(({ mode, url }) => [
      mode.name,
      createCaller({ url, mix: [options.call], beginsTrace: !mode.tellsTrace }),
    ]),
  );
  const turnAt = (index: number): Turn => turns[index] ?? fail(`turn ${index}`);
  const callerOf = (mode: ModeName) => callers.get(mode) ?? fail(mode);
  const calls: ModeCall[] = [];
  try {
    await runOpenLoop<LoadCall>({
      ...size,
      maxInFlight: 1,
      drainMs: limits.drainMs,
      graceMs: limits.graceMs,
      ...(options.signal ? { signal: options.signal } : {}),
      clock: monotonicClock,
      send: (index) => callerOf(turnAt(index).mode).send(index),
      onEnd: (arrival) => {
        calls.push(toCall(turnAt(arrival.index), arrival));
        options.onCall(calls);
      },
    });
  } finally {
    for (const caller of callers.values()) {
      caller.close();
    }
  }
  return calls;
}

function toCall(turn: Turn, { result, dueAt, freeAt, startedAt, endedAt }: Arrival<LoadCall>): ModeCall {
  const { code, traceId } = result;
  return {
    ...turn,
    code,
    ...(traceId ? { traceId } : {}),
    clockMs: endedAt - startedAt,
    heldBack: freeAt > dueAt,
  };
}

function fail(what: string): never {
  throw new Error(`the schedule has no ${what}`);
}

/**
 * The base URL of a mode.
 *
 * @throws {LabError} (exit code `notRunning`) when the running mesh has no such way in, or is in Istio, where a call cannot go past
 * a sidecar.
 */
function urlOf(mode: Mode, mesh: Mesh): string {
  if (isIstio(mesh)) {
    throw new LabError(`the mesh ${mesh.project} is in Istio, where no call goes past the sidecars`, {
      exitCode: ExitCode.notRunning,
      hint: "the modes belong to the mesh of the lab's own Envoys: lab down, then lab up -f compose.yaml -f compose.modes.yaml",
    });
  }
  const { service, port } = entries[mode.name];
  try {
    return `http://127.0.0.1:${mesh.hostPort(service, port)}`;
  } catch (cause) {
    throw new LabError(
      `the mesh ${mesh.project} has no ${service}, which the mode "${mode.name}" goes through`,
      {
        exitCode: ExitCode.notRunning,
        hint: "start the mesh with it: lab up -f compose.yaml -f compose.modes.yaml",
        cause,
      },
    );
  }
}
