import { readFileSync } from "node:fs";
import { Command } from "commander";
import { Decomposer } from "../compare/decompose.ts";
import { renderSample } from "../compare/render-text.ts";
import { reportSample } from "../compare/report.ts";
import { Sample } from "../compare/sample.ts";
import { endpoints, tempoOption } from "../endpoints.ts";
import { ExitCode } from "../exit-codes.ts";
import { LabError } from "../lab-error.ts";
import { loadTrace } from "../load-trace.ts";
import { hasColor } from "../output.ts";
import type { Trace } from "../trace/model.ts";
import { parseOtlpJson } from "../trace/otlp-json.ts";
import { addMeshOptions, type MeshFlags } from "./mesh-options.ts";

/** `lab compare`: divides the end-to-end time of traces among apps, proxies and the network. */
export function compareCommand(): Command {
  const command = new Command("compare")
    .summary("say where the time goes: app, proxy or network")
    .description(
      "Divides the end-to-end time of traces, without remainder, among the applications' work, their client sides, the proxies and the legs between them.",
    )
    .argument("[id...]", 'trace ids (32 hex digits), or "last": the last call')
    .option("--from <file...>", "read the traces from files (OTLP JSON, or Tempo's answer) instead of Tempo")
    .addOption(tempoOption());
  return addMeshOptions(command).action(async (ids: string[], options: Flags) => {
    const decomposer = new Decomposer();
    const sample = new Sample();
    for await (const trace of readTraces(ids, options)) {
      sample.add(decomposer.decompose(trace), trace.spans.length);
    }
    if (sample.traces === 0) {
      throw new LabError("there is no trace to compare", {
        exitCode: ExitCode.traceMissing,
        hint: "make some with `lab call -n 20`, or name files with --from",
      });
    }
    const source = options.from?.join(", ") ?? "Tempo";
    const style = {
      color: hasColor(),
      width: process.stdout.columns ?? (Number(process.env.COLUMNS) || 100),
    };
    console.log(renderSample(reportSample(source, sample), style));
  });
}

type Flags = MeshFlags & { from?: string[]; tempo?: string };

async function* readTraces(ids: string[], options: Flags): AsyncIterable<Trace> {
  for (const file of options.from ?? []) {
    const content = JSON.parse(readFileSync(file, "utf8")) as { trace?: unknown };
    yield* parseOtlpJson(content.trace ?? content);
  }
  if (options.from === undefined) {
    const { mesh, tempo } = await endpoints(options);
    for (const id of ids.length === 0 ? ["last"] : ids) {
      yield await loadTrace(id, mesh, tempo);
    }
  }
}
