import type { Expected } from "@envoy-mesh-lab/check";
import { checkTrace } from "@envoy-mesh-lab/check";
import type { Trace } from "@envoy-mesh-lab/trace";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import type { HttpStore } from "@envoy-mesh-lab/trace/node";
import { waitForTrace } from "@envoy-mesh-lab/trace/node";
import { Option } from "commander";
import { arrivalTimeout } from "./arrival-timeout.ts";
import { headerOption } from "./header-option.ts";
import type { Host } from "./host.ts";
import { assertHttpUrl } from "./http-url.ts";
import type { InputFlags } from "./input-flags.ts";
import { newestInTempo } from "./newest-in-tempo.ts";
import { fetchOther, otherStoreOf, searchOther } from "./other-store.ts";
import { parseTraceId } from "./trace-id.ts";

/** `meshtrace` by itself: it has no mesh and no traces, and reads what it is told to. */
export const ownHost: Host = {
  name: "meshtrace",
  home: "Tempo",
  hasOwnTraces: false,
  folder: workingFolder,
  addStoreOptions: (command) =>
    command
      .addOption(
        new Option("--tempo <url>", "base URL of Tempo, for ids and searches").env("MESHTRACE_TEMPO_URL"),
      )
      .option("--jaeger <url>", "base URL of Jaeger's query API, for ids, and searches by --service")
      .option("--zipkin <url>", "base URL of Zipkin, for ids, and searches by --service")
      .option("--service <name>", "search Jaeger or Zipkin for traces of this service")
      .addOption(headerOption()),
  tempo: async (flags) => tempoOf(flags),
  searchOther,
  trace: async (id, flags, expected) => arrivedTrace(id, flags, expected),
  expected: () => Promise.resolve(undefined),
  links: async () => undefined,
};

/** @throws {LabError} (exit code `usage`) when somebody has removed it. */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch (error) {
    throw new LabError(`the folder where this runs is gone: ${(error as Error).message}`, {
      exitCode: ExitCode.usage,
      hint: "go to one that is there: cd",
    });
  }
}

function tempoOf({ tempo, header, service }: InputFlags): HttpStore {
  if (!tempo) {
    throw new LabError("trace ids and searches need a trace store, and none is named", {
      exitCode: ExitCode.usage,
      hint: "name Tempo with --tempo URL or MESHTRACE_TEMPO_URL, or Jaeger or Zipkin with --jaeger or --zipkin URL; to read files, give their names",
    });
  }
  if (service !== undefined) {
    throw new LabError("--service searches Jaeger or Zipkin, and none is named", {
      exitCode: ExitCode.usage,
      hint: `Tempo is searched by --query '{ resource.service.name = "${service}" }'`,
    });
  }
  const url = assertHttpUrl("--tempo or MESHTRACE_TEMPO_URL", tempo);
  return { url, headers: header, asker: ownHost.name };
}

async function arrivedTrace(id: string, flags: InputFlags, expected: Expected | undefined): Promise<Trace> {
  const timeout = arrivalTimeout("MESHTRACE_TRACE_TIMEOUT");
  // What is no id is most often the name of a file that is not there, which no Tempo helps with.
  const named = id === "last" ? undefined : parseTraceId(id);
  const other = otherStoreOf(flags);
  if (other !== undefined) return fetchOther(other, named);
  const tempo = tempoOf(flags);
  const traceId = named ?? (await newestInTempo(tempo))?.traceId;
  if (traceId === undefined) {
    throw new LabError(`there is no trace of the last hour in Tempo at ${flags.tempo}`, {
      exitCode: ExitCode.traceMissing,
      hint: "--since says how far to look back; what came in just now may take seconds to be found",
    });
  }
  const isWhole = expected ? (trace: Trace) => checkTrace(trace, expected).length === 0 : () => false;
  const trace = await waitForTrace(tempo, traceId, timeout, isWhole);
  if (trace === undefined) {
    throw new LabError(`trace ${traceId} is not in Tempo, ${timeout / 1000} s after it was asked for`, {
      exitCode: ExitCode.traceMissing,
      hint: "was it sampled, and is it exported to this Tempo? MESHTRACE_TRACE_TIMEOUT says how many ms to wait",
    });
  }
  return trace;
}
