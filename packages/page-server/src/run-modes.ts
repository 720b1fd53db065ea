import { join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import type { ModesResult } from "@envoy-mesh-lab/compare";
import type { CallKind } from "@envoy-mesh-lab/load";
import { findRpc, protocols } from "@envoy-mesh-lab/load";
import type { Mesh } from "@envoy-mesh-lab/mesh";
import { findRuntime, labParts } from "@envoy-mesh-lab/mesh";
import type { ModesProgress } from "@envoy-mesh-lab/modes";
import { compareModes, figuresSoFar } from "@envoy-mesh-lab/modes";
import type { RunModesRequest } from "@envoy-mesh-lab/proto/page/v1/compare_pb.ts";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { Broadcast } from "./broadcast.ts";

/** What is said of a run that goes on, and at its end. */
interface Told {
  readonly step: string;
  readonly done: number;
  readonly of: number;
  readonly figuresJson: string;
  readonly resultJson?: string;
  readonly traces?: { readonly mode: string; readonly traceIds: string[] }[];
}

/** The compose file that adds the gateways of the modes. */
const modesFile = join(repoRoot, "compose.modes.yaml");

/** A run over the modes, as `lab compare --modes` has it. */
export interface ModesPlan extends CallKind {
  readonly rounds: number;
  readonly warmUp: number;
  readonly rate: number;
}

/** What `lab compare --modes` takes at most: rounds, rounds before, calls per second, and the backend's work in milliseconds. */
const most = { rounds: 5_000, warmUp: 1_000, rate: 500, workMs: 1_000 } as const;

/**
 * Reads what the page asks for, with the defaults and bounds of `lab compare --modes`.
 *
 * @throws {LabError} (exit code `usage`) for what it refuses.
 */
export function readModes(asked: RunModesRequest): ModesPlan {
  const protocol = protocols.find((it) => it === (asked.protocol || "connect"));
  if (protocol === undefined) {
    throw usage(`the protocol is "${asked.protocol}"`, `it is one of ${protocols.join(", ")}`);
  }
  const within = (name: string, value: number, limit: number) => {
    if (value <= limit) return value;
    throw usage(`${name} is ${value}, more than the ${limit} that are allowed`, "make it smaller");
  };
  const nothing = { workMs: 0, failAfter: 0 };
  const workMs = within("the time that the backend works", asked.workMs, most.workMs);
  return {
    protocol,
    rounds: within("the number of rounds", asked.rounds || 200, most.rounds),
    warmUp: within("the number of rounds before", asked.warmUp ?? 100, most.warmUp),
    rate: within("the rate", asked.rate || 30, most.rate),
    request: {
      rpc: findRpc(asked.rpc || undefined, undefined),
      drink: "espresso",
      messages: 3,
      gateway: nothing,
      backend: { ...nothing, workMs },
      timeoutMs: 30_000,
      headers: {},
    },
  };
}

function usage(message: string, hint: string): LabError {
  return new LabError(message, { exitCode: ExitCode.usage, hint });
}

/** Brings up the gateways of compose.modes.yaml beside what runs, where they are missing. */
export async function bringUpGateways(
  mesh: Mesh,
  files: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const parts = [labParts.gatewayDirect.service, labParts.gatewayOne.service];
  if (parts.every((part) => mesh.services.some((it) => it.name === part))) return;
  const all = [...files.filter((it) => it !== modesFile), modesFile];
  const runtime = await findRuntime({ project: mesh.project, files: all });
  await runtime.up({ parts, signal });
}

/** How often it is told how far a run is, in milliseconds: each time all figures are made anew. */
const tellMs = 500;
/** How long a trace is waited for, in milliseconds, as by `lab`. */
const arrivalMs = 10_000;

/** Makes a run, and tells figures as they come; ends early when the signal says so. */
export async function* runModes(
  plan: ModesPlan,
  { mesh, tempo, signal }: { mesh: Mesh; tempo: string; signal: AbortSignal },
): AsyncGenerator<Told> {
  const progress = new Broadcast<ModesProgress>();
  const end = new AbortController();
  const leave = () => end.abort();
  signal.addEventListener("abort", leave, { once: true });
  let toldAt = 0;
  let last: ModesProgress | undefined;
  const onProgress = (it: ModesProgress) => {
    last = it;
    if (Date.now() - toldAt < tellMs) return;
    toldAt = Date.now();
    progress.publish(it);
  };
  const run = compareModes({ ...plan, mesh, tempo, arrivalMs, signal: end.signal, onProgress }).finally(
    leave,
  );
  // It is waited for below; before that it must not count as unhandled.
  run.catch(() => undefined);
  try {
    for await (const it of progress.watch(end.signal)) yield toTold(it);
    const result = await run;
    if (last !== undefined) yield { ...toTold(last), ...toEnd(result, last) };
  } finally {
    leave();
    signal.removeEventListener("abort", leave);
  }
}

function toTold(progress: ModesProgress): Told {
  const { done, of } = progress;
  const figures = figuresSoFar(progress);
  return {
    step: words(progress),
    done,
    of,
    figuresJson: figures === undefined ? "" : JSON.stringify(figures),
  };
}

function words({ step, calls }: ModesProgress): string {
  if (step === "traces") return "reading their traces";
  return calls.some((it) => it.round >= 0)
    ? "making calls"
    : "warming up, with calls that no figure knows of";
}

function toEnd(result: ModesResult, last: ModesProgress): Pick<Told, "resultJson" | "traces"> {
  const measured = last.calls.filter((it) => it.round >= 0 && it.code === "ok");
  return {
    resultJson: JSON.stringify(result),
    traces: result.modes.map(({ mode }) => ({
      mode,
      traceIds: measured.flatMap((it) => (it.mode === mode && it.traceId ? [it.traceId] : [])),
    })),
  };
}
