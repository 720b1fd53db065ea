import type { HttpStore } from "@envoy-mesh-lab/trace/node";
import { findTraces } from "@envoy-mesh-lab/trace/node";

/** How far back Tempo is searched, in milliseconds. */
const searchedMs = 3_600_000;

/** A hint of TraceQL for Tempo 2.8; one that does not know it gives any traces, so that many are asked for. */
const newestFirst = "{} with (most_recent=true)";
const searched = 1000;

/** The newest trace of the last hour that Tempo finds; undefined when there is none. */
export async function newestInTempo(
  tempo: HttpStore,
): Promise<{ traceId: string; startNs: bigint } | undefined> {
  const now = Date.now();
  const search = { query: newestFirst, limit: searched, startMs: now - searchedMs, endMs: now };
  const [found] = await findTraces(tempo, search);
  return found;
}
