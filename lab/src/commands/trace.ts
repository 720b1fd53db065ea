import { Command } from "commander";
import { expectedHopsFile, readExpected } from "../check/expected.ts";
import { endpoints, tempoOption } from "../endpoints.ts";
import { loadTrace } from "../load-trace.ts";
import { hasColor, printJson } from "../output.ts";
import { renderTrace } from "../trace/render.ts";
import { addMeshOptions, type MeshFlags } from "./mesh-options.ts";

/** `lab trace`: draws a trace as a tree. */
export function traceCommand(): Command {
  const command = new Command("trace")
    .summary("draw a trace as a tree")
    .description("Reads a trace back from Tempo and draws it as a tree, with app and proxy spans told apart.")
    .argument("[id]", 'trace id (32 hex digits), or "last": the last call', "last")
    .option("--json", "print the spans as JSON (times in nanoseconds since 1970, as text)")
    .addOption(tempoOption());
  return addMeshOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  lab trace                                  the trace of the last call
  lab trace 0af7651916cd43dd8448eb211c80319c
  lab trace last --json | jq '.spans | length'

Exit codes: 0 drawn, 10 the trace is not in Tempo, 3 Tempo does not answer, 2 wrong usage.`,
    )
    .action(async (id: string, options: MeshFlags & { json?: boolean; tempo?: string }) => {
      const { mesh, tempo } = await endpoints(options);
      const expected = readExpected(expectedHopsFile);
      const trace = await loadTrace(id, mesh, tempo, expected);
      if (options.json) {
        printJson(trace);
      } else {
        console.log(renderTrace(trace, hasColor()));
      }
    });
}
