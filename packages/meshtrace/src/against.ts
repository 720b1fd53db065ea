import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import type { Host } from "./host.ts";
import type { InputFlags } from "./input-flags.ts";
import { isTraceId } from "./read-traces.ts";

/** Where the traces of B come from, as `readTraces` takes it. */
export interface Against {
  ids: string[];
  flags: InputFlags;
  source: string;
}

/**
 * Says what the values of `--against` are: a TraceQL query (it begins with a brace), trace ids or "last" (of Tempo),
 * or else files, folders and "-". What says where A comes from does not count for B, but the window of a search and the
 * rules for proxies count for both.
 *
 * @throws {LabError} (exit code `usage`) when a query stands beside something else.
 */
export function againstOf(values: readonly string[], flags: InputFlags, host: Host): Against {
  const { from: _from, follow: _follow, format, query: _query, ...both } = flags;
  const { since: _since, start: _start, end: _end, limit: _limit, ...rest } = both;
  const source = values.join(", ");
  if (values.some((it) => it.trimStart().startsWith("{"))) {
    if (values.length > 1) {
      throw new LabError(`--against: a TraceQL query stands alone, and there are ${values.length} values`, {
        exitCode: ExitCode.usage,
        hint: "put the whole query in quotes, and join several with || inside of it",
      });
    }
    return { ids: [], flags: { ...both, query: values[0] as string }, source };
  }
  if (values.every((it) => it === "last" || isTraceId(it, host))) {
    return { ids: [...values], flags: rest, source };
  }
  return { ids: [], flags: { ...rest, from: values, ...(format === undefined ? {} : { format }) }, source };
}
