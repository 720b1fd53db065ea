import { Command } from "commander";
import { checkTrace } from "../check/check.ts";
import { type Expected, expectedHopsFile, readExpected } from "../check/expected.ts";
import { renderFindings } from "../check/render.ts";
import { endpoints, tempoOption } from "../endpoints.ts";
import { ExitCode } from "../exit-codes.ts";
import { loadTrace, readTraceFile } from "../load-trace.ts";
import { hasColor, printJson } from "../output.ts";
import type { Trace } from "../trace/model.ts";
import { renderTrace } from "../trace/render.ts";
import { addMeshOptions, type MeshFlags } from "./mesh-options.ts";

/** `lab check`: says whether the proxies' spans sit where they should. */
export function checkCommand(): Command {
  const command = new Command("check")
    .summary("say whether the proxies sit where they should")
    .description(
      "Compares a trace with the expected hops and names every edge that is wrong, with the likely cause and what to change.",
    )
    .argument("[id]", 'trace id (32 hex digits), or "last": the last call', "last")
    .option("--from <file>", "read the trace from a file (OTLP JSON, or Tempo's answer) instead of Tempo")
    .option("--expect <file>", "the expected hops", expectedHopsFile)
    .option("--json", "print traceId and findings as JSON")
    .addOption(tempoOption());
  return addMeshOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  lab check                                  the trace of the last call
  lab check --json | jq -r '.findings[].code'
  lab check --from saved-trace.json

Exit codes: 0 nothing found, 1 findings, 10 the trace is not in Tempo, 3 Tempo does not answer, 2 wrong usage.`,
    )
    .action(async (id: string, options: Flags) => {
      const expected = readExpected(options.expect);
      const trace = options.from ? readTraceFile(options.from) : await loadFromTempo(id, options, expected);
      const findings = checkTrace(trace, expected);
      if (options.json) {
        printJson({ traceId: trace.traceId, expected: expected.name, spans: trace.spans.length, findings });
      } else {
        if (findings.length > 0) {
          console.log(renderTrace(trace, hasColor()));
        }
        console.log(`trace ${trace.traceId}\n${renderFindings(findings, expected)}`);
      }
      process.exitCode = findings.length === 0 ? ExitCode.ok : ExitCode.findings;
    });
}

type Flags = MeshFlags & { from?: string; expect: string; json?: boolean; tempo?: string };

async function loadFromTempo(id: string, options: Flags, expected: Expected): Promise<Trace> {
  const { mesh, tempo } = await endpoints(options);
  return loadTrace(id, mesh, tempo, expected);
}
