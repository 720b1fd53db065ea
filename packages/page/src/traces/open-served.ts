import { ConnectError } from "@connectrpc/connect";
import type { Viewer } from "@envoy-mesh-lab/proto/page/v1/traces_pb.ts";
import type { TraceView } from "../analysis/analysis.ts";
import { ask } from "../analysis/analyst.ts";
import { wordsOf } from "../drop/sets.ts";
import { isServed } from "../shell/build-kind.ts";
import { tracesClient } from "./live.ts";

/** A trace that was opened, and what came with it. */
export interface Opened {
  readonly view: TraceView;
  readonly viewers: readonly Viewer[];
  readonly notes: readonly string[];
}

/** Opens a trace of the mesh. */
export async function openServed(traceId: string, signal: AbortSignal): Promise<Opened> {
  if (!isServed) throw new Error("this file has no mesh to ask: drop a file with the trace on it");
  const { otlpJson, expectedJson, viewers, notes } = await tracesClient.getTrace({ traceId }, { signal });
  return { view: await ask("openServed", [{ otlpJson, expectedJson }]), viewers, notes };
}

/** Why a trace cannot be shown, and what to do. */
export function failureOf(error: unknown): { failure: string; hint: string } {
  if (error instanceof ConnectError) {
    return {
      failure: error.rawMessage,
      hint: "a trace is in Tempo some 0.3 s after it ended; `lab status` says whether all parts are well",
    };
  }
  const { message, hint } = wordsOf(error);
  return { failure: message, hint };
}
