import type { ServiceImpl } from "@connectrpc/connect";
import type { CompareService } from "@envoy-mesh-lab/proto/page/v1/compare_pb.ts";
import { toOtlpJson } from "@envoy-mesh-lab/trace";
import { fetchTrace, findTraces } from "@envoy-mesh-lab/trace/node";
import { inConnect } from "./connect-errors.ts";

const hourMs = 3_600_000;
const usualLimit = 200;
const mostTraces = 2000;

/** Serves sets of traces to compare. */
export function createCompareService({
  tempo,
}: {
  /** Base URL of Tempo's API. */
  readonly tempo: () => Promise<string>;
}): ServiceImpl<typeof CompareService> {
  return {
    async *findTraces({ query, startUnixMillis, endUnixMillis, limit }, { signal }) {
      try {
        const url = await tempo();
        const endMs = Number(endUnixMillis) || Date.now();
        const found = await findTraces(url, {
          query: query.trim() || "{}",
          startMs: Number(startUnixMillis) || endMs - hourMs,
          endMs,
          limit: Math.min(limit || usualLimit, mostTraces),
        });
        for (const { traceId } of found) {
          if (signal.aborted) return;
          const trace = await fetchTrace(url, traceId);
          if (trace !== undefined) yield { otlpJson: toOtlpJson([trace]), total: found.length };
        }
      } catch (error) {
        throw inConnect(error);
      }
    },
  };
}
