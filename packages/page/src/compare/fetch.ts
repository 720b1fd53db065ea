import { CompareService } from "@envoy-mesh-lab/proto/page/v1/compare_pb.ts";
import { ask } from "../analysis/analyst.ts";
import { addSet } from "../drop/sets.ts";
import { pageClient } from "../shell/client.ts";

/** Which traces of the mesh make a set. */
interface Wanted {
  /** A TraceQL query; empty for all. */
  readonly query: string;
  readonly fromMinutes: number;
  readonly toMinutes: number;
  readonly limit: number;
}

/** Fetches traces of the mesh, and keeps them as a set. Gives its number at once. */
export function fetchSet({ query, fromMinutes, toMinutes, limit }: Wanted): number {
  const now = Date.now();
  const name = `${query || "all traces"}, ${fromMinutes} to ${toMinutes} min before ${new Date(now).toISOString().slice(11, 19)}`;
  return addSet(name, 0, async (onProgress) => {
    const client = pageClient(CompareService);
    const found = client.findTraces({
      query,
      startUnixMillis: BigInt(now - fromMinutes * 60_000),
      endUnixMillis: BigInt(now - toMinutes * 60_000),
      limit,
    });
    const traces: string[] = [];
    let bytes = 0;
    for await (const { otlpJson } of found) {
      traces.push(otlpJson);
      bytes += otlpJson.length;
      onProgress({ bytes });
    }
    if (traces.length === 0) {
      throw new Error("the mesh has no such trace; widen the time, or make calls first: `lab call -n 20`");
    }
    return ask("readServed", [name, traces], onProgress);
  });
}
