import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Expected, TraceLine } from "@envoy-mesh-lab/check";
import type { Mesh } from "@envoy-mesh-lab/mesh";
import { requireRuntime } from "@envoy-mesh-lab/mesh";
import type {
  TraceSummarySchema,
  TracesService,
  ViewerSchema,
} from "@envoy-mesh-lab/proto/page/v1/traces_pb.ts";
import { toOtlpJson } from "@envoy-mesh-lab/trace";
import { fetchTrace } from "@envoy-mesh-lab/trace/node";
import type { ComingTraces } from "./coming-traces.ts";
import { inConnect } from "./connect-errors.ts";
import { idOf } from "./trace-id.ts";
import { linesWith } from "./trace-logs.ts";
import { watchTraces } from "./trace-watch.ts";

/** Where the traces of the mesh are, and what is known of them. */
export interface TraceSources {
  /** Base URL of Tempo's API. */
  readonly tempo: () => Promise<string>;
  /** The mesh whose parts' logs are searched. */
  readonly mesh: () => Promise<Pick<Mesh, "project" | "runtime" | "services">>;
  /** What an RPC through the mesh has to look like; undefined where nothing is expected. */
  readonly expected: Expected | undefined;
  /** Traces of calls that are made from here. */
  readonly coming: ComingTraces;
  /** Where else a trace can be looked at. */
  readonly viewers: (traceId: string) => Promise<MessageInitShape<typeof ViewerSchema>[]>;
}

const usualSinceSeconds = 3600;
const usualLimit = 100;
const mostTraces = 500;

/** Streams that are watched at a time: each asks Tempo again and again. A page has one. */
const mostWatchers = 16;

/** Serves the traces of the mesh. */
export function createTracesService(sources: TraceSources): ServiceImpl<typeof TracesService> {
  const expectedJson = sources.expected === undefined ? "" : JSON.stringify(withoutSource(sources.expected));
  let watchers = 0;
  return {
    async *watchTraces({ query, sinceSeconds, limit }, { signal }) {
      if (watchers >= mostWatchers) {
        throw new ConnectError(
          `${mostWatchers} lists of traces are open already; close one of the pages`,
          Code.ResourceExhausted,
        );
      }
      watchers++;
      try {
        const watched = watchTraces({
          tempo: sources.tempo,
          query: query.trim() || "{}",
          sinceMs: (sinceSeconds || usualSinceSeconds) * 1000,
          limit: Math.min(limit || usualLimit, mostTraces),
          expected: sources.expected,
          coming: sources.coming,
          signal,
        });
        for await (const { lines, isListed } of watched) yield { traces: lines.map(summaryOf), isListed };
      } catch (error) {
        throw inConnect(error);
      } finally {
        watchers--;
      }
    },

    async getTrace({ traceId }) {
      try {
        const id = idOf(traceId);
        const trace = await fetchTrace(await sources.tempo(), id);
        if (trace === undefined) {
          throw new ConnectError(`Tempo has no trace ${id}`, Code.NotFound);
        }
        const notes = (trace.quirks ?? []).flatMap((it) =>
          it.code === "partial-answer" ? [it.message] : [],
        );
        return { otlpJson: toOtlpJson([trace]), expectedJson, viewers: await sources.viewers(id), notes };
      } catch (error) {
        throw inConnect(error);
      }
    },

    async getTraceLogs({ traceId }) {
      try {
        const id = idOf(traceId);
        const mesh = await sources.mesh();
        const runtime = requireRuntime(mesh);
        const names = mesh.services.map((it) => it.name);
        return await linesWith(id, names, (part) => runtime.readLog(part));
      } catch (error) {
        throw inConnect(error, Code.FailedPrecondition);
      }
    },
  };
}

function withoutSource({ source: _, ...expected }: Expected): object {
  return expected;
}

function summaryOf(line: TraceLine): MessageInitShape<typeof TraceSummarySchema> {
  const { startNs, durationNs, ...rest } = line;
  // Broken data has times before 1970, which the contract cannot tell.
  return { ...rest, startUnixNano: startNs < 0n ? 0n : startNs, durationNanos: durationNs };
}
