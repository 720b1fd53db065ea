import type { Expected } from "@envoy-mesh-lab/check";
import { checkTrace } from "@envoy-mesh-lab/check";
import type { Mesh } from "@envoy-mesh-lab/mesh";
import { diagnose } from "@envoy-mesh-lab/mesh";
import type { Trace } from "@envoy-mesh-lab/trace";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { waitForTrace } from "@envoy-mesh-lab/trace/node";
import { edgeOf } from "./endpoints.ts";
import { newestTrace } from "./newest-trace.ts";

/**
 * How long a trace may take to arrive in Tempo before it counts as missing, in milliseconds: LAB_TRACE_TIMEOUT, or 10 s.
 *
 * @throws {LabError} (exit code `usage`) when the variable is no number of milliseconds.
 */
export function arrivalTimeout(text = process.env.LAB_TRACE_TIMEOUT): number {
  if (text === undefined || text === "") {
    return 10_000;
  }
  // A timer of Node's holds no more than 2^31 - 1 ms.
  if (!/^\d{1,9}$/.test(text)) {
    throw new LabError(`LAB_TRACE_TIMEOUT is "${text}", and not a number of milliseconds`, {
      exitCode: ExitCode.usage,
      hint: "set it to a whole number up to 999999999, 10000 for ten seconds, or unset it",
    });
  }
  return Number(text);
}

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
  const timeout = arrivalTimeout();
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

function parseTraceId(id: string): string {
  if (!/^[0-9a-f]{32}$/i.test(id) || /^0+$/.test(id)) {
    throw new LabError(`"${id}" is not a trace id, and there is no such file`, {
      exitCode: ExitCode.usage,
      hint: 'a trace id has 32 hex digits, not all zero (W3C Trace Context, "trace-id"); `lab call` prints one',
    });
  }
  return id.toLowerCase();
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
