import type { ServiceImpl } from "@connectrpc/connect";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Mesh } from "@envoy-mesh-lab/mesh";
import { requireRuntime } from "@envoy-mesh-lab/mesh";
import type { CompareService, FindTracesRequest } from "@envoy-mesh-lab/proto/page/v1/compare_pb.ts";
import { toOtlpJson } from "@envoy-mesh-lab/trace";
import { fetchTrace, findTraces } from "@envoy-mesh-lab/trace/node";
import { inConnect } from "./connect-errors.ts";
import { bringUpGateways, readModes, runModes } from "./run-modes.ts";
import { idOf } from "./trace-id.ts";

const hourMs = 3_600_000;
const usualLimit = 200;
const mostTraces = 2000;

/** Traces that Tempo is asked for at a time. */
const readTogether = 8;

/** Where the traces to compare are, and where calls are made. */
interface CompareSources {
  /** Base URL of Tempo's API. */
  readonly tempo: () => Promise<string>;
  readonly mesh: () => Promise<Mesh>;
  /** Why no run over the modes is made from here; undefined where it can be. */
  readonly noModes?: string;
}

/** Serves sets of traces to compare, and runs over the modes. */
export function createCompareService({
  tempo,
  mesh,
  noModes,
}: CompareSources): ServiceImpl<typeof CompareService> {
  let isRunning = false;
  return {
    async *findTraces(request, { signal }) {
      try {
        const url = await tempo();
        const ids = await idsOf(request, url);
        for (let i = 0; i < ids.length && !signal.aborted; i += readTogether) {
          const some = ids.slice(i, i + readTogether);
          for (const trace of await Promise.all(some.map((id) => fetchTrace(url, id)))) {
            if (trace !== undefined) yield { otlpJson: toOtlpJson([trace]), total: ids.length };
          }
        }
      } catch (error) {
        throw inConnect(error);
      }
    },

    async *runModes(request, { signal }) {
      if (noModes !== undefined) throw new ConnectError(noModes, Code.FailedPrecondition);
      if (isRunning) {
        // Calls of two runs at a time would each be measured with the other's load.
        throw new ConnectError("a run over the modes goes on; wait for its end", Code.ResourceExhausted);
      }
      isRunning = true;
      try {
        const plan = readModes(request);
        if (request.bringUp) {
          yield { step: "bringing up the two gateways" };
          const running = await mesh();
          const { files = [] } = await requireRuntime(running).status();
          await bringUpGateways(running, files, signal);
        }
        yield* runModes(plan, { mesh: await mesh(), tempo: await tempo(), signal });
      } catch (error) {
        throw inConnect(error);
      } finally {
        isRunning = false;
      }
    },
  };
}

async function idsOf(request: FindTracesRequest, url: string): Promise<string[]> {
  const { query, startUnixMillis, endUnixMillis, limit, traceIds } = request;
  if (traceIds.length > mostTraces) {
    throw new ConnectError(
      `${traceIds.length} traces are asked for, more than ${mostTraces}`,
      Code.InvalidArgument,
    );
  }
  if (traceIds.length > 0) return traceIds.map(idOf);
  const endMs = Number(endUnixMillis) || Date.now();
  const found = await findTraces(url, {
    query: query.trim() || "{}",
    startMs: Number(startUnixMillis) || endMs - hourMs,
    endMs,
    limit: Math.min(limit || usualLimit, mostTraces),
  });
  return found.map((it) => it.traceId);
}
