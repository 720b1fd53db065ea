import { CompareService } from "@envoy-mesh-lab/proto/page/v1/compare_pb.ts";
import { AnalysisError, ask } from "../analysis/analyst.ts";
import { shown } from "../analysis/shown.ts";
import { addSet } from "../drop/sets.ts";
import { pageClient } from "../shell/client.ts";
import type { Selection } from "./kept-selections.ts";

/** The selections of the sets that were fetched, by their numbers: a set can be kept by its selection, and not by its traces. */
export const selectionOf = new Map<number, Selection>();

/** Fetches traces of the mesh, and has them as a set. Gives its number at once. */
export function fetchSelection(selection: Selection): number {
  const { query, startMs, endMs, limit, traceIds = [] } = selection;
  const name = shown(selection.name);
  const number = addSet(name, 0, async (onProgress) => {
    const found = pageClient(CompareService).findTraces({
      ...{ query, limit },
      startUnixMillis: BigInt(startMs),
      endUnixMillis: BigInt(endMs),
      traceIds: [...traceIds],
    });
    const traces: string[] = [];
    let bytes = 0;
    for await (const { otlpJson } of found) {
      traces.push(otlpJson);
      bytes += otlpJson.length;
      onProgress({ bytes });
    }
    if (traces.length === 0) {
      throw traceIds.length > 0
        ? new AnalysisError({
            message: "Tempo no longer has any of these traces",
            hint: "make calls, and choose others",
          })
        : new AnalysisError({
            message: "the mesh has no such trace",
            hint: "widen the time, or make calls first: `lab call -n 20`; a search finds a trace about a second after it ended",
          });
    }
    return ask("readServed", [name, traces], onProgress);
  });
  selectionOf.set(number, selection);
  return number;
}

/** A selection of traces by their ids. */
export function selectionById(name: string, traceIds: readonly string[]): Selection {
  return { name, query: "", startMs: 0, endMs: 0, limit: traceIds.length, traceIds };
}
