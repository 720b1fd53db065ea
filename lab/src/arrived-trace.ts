import type { Expected } from "@envoy-mesh-lab/check";
import { checkTrace } from "@envoy-mesh-lab/check";
import type { Mesh } from "@envoy-mesh-lab/mesh";
import { diagnose } from "@envoy-mesh-lab/mesh";
import { arrivalTimeout, parseTraceId } from "@envoy-mesh-lab/meshtrace";
import type { Trace } from "@envoy-mesh-lab/trace";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { waitForTrace } from "@envoy-mesh-lab/trace/node";
import { edgeOf } from "./endpoints.ts";
import { newestTrace } from "./newest-trace.ts";

/** The environment variable that says how long a trace is waited for, in milliseconds. */
export const timeoutVariable = "LAB_TRACE_TIMEOUT";

/**
 * Reads a trace back from Tempo, waiting a while for it to be whole.
 *
 * @param id 32 hex digits, or "last": the newest of the mesh.
 * @param tempo base URL of Tempo's API.
 * @param expected when given, waiting ends as soon as the trace is as expected.
 * @throws {LabError} for a malformed id (`usage`, also for LAB_TRACE_TIMEOUT), or a trace that does not arrive (`traceMissing`), which says
 * which part saw it last.
 */
export async function arrivedTrace(
  id: string,
  mesh: Mesh,
  tempo: string,
  expected?: Expected,
): Promise<Trace> {
  const timeout = arrivalTimeout(timeoutVariable);
  const traceId = id === "last" ? await lastTraceId(mesh, tempo) : parseTraceId(id);
  const complete = expected ? (trace: Trace) => checkTrace(trace, expected).length === 0 : () => false;
  const trace = await waitForTrace(tempo, traceId, timeout, complete);
  if (trace === undefined) {
    throw new LabError(`trace ${traceId} is not in Tempo, ${timeout / 1000} s after it was asked for`, {
      exitCode: ExitCode.traceMissing,
      hint: await diagnose(traceId, mesh),
    });
  }
  return trace;
}

async function lastTraceId(mesh: Mesh, tempo: string): Promise<string> {
  const traceId = await newestTrace(mesh, edgeOf(mesh), tempo);
  if (traceId === undefined) {
    throw new LabError("there is no trace yet", {
      exitCode: ExitCode.traceMissing,
      hint: "make one with `lab call`",
    });
  }
  return traceId;
}
