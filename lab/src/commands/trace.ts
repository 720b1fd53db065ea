import { expectedHopsFile } from "@envoy-mesh-lab/bootstrap";
import { readExpected } from "@envoy-mesh-lab/check/node";
import { originsOf, renderTrace, spanDetails } from "@envoy-mesh-lab/trace";
import { Command } from "commander";
import { traceLinks } from "../find-viewer.ts";
import { hasColor, printJson, terminalWidth } from "../output.ts";
import type { InputFlags } from "../read-traces.ts";
import { addInputOptions, readTraces } from "../read-traces.ts";

/** `lab trace`: draws traces as trees. */
export function traceCommand(): Command {
  const command = new Command("trace")
    .summary("draw a trace as a tree")
    .description(
      "Reads traces from Tempo or from files and draws each as a tree, with app and proxy spans told apart, and tells where it is to be seen in Grafana.",
    )
    .option(
      "--json",
      "print the spans as JSON (times in nanoseconds since 1970, as text), one trace after the other",
    )
    .option("--attributes", "say below each span all that it says: attributes, events, links")
    .option("--why", "say for each span what tells whether it is a proxy's");
  return addInputOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  lab trace                                  the newest trace of the mesh
  lab trace 0af7651916cd43dd8448eb211c80319c
  lab trace last --json | jq '.spans | length'
  lab trace --attributes                     with all that each span says; lab span <id> explains one
  lab trace --from traces.json --why
  kubectl exec … -- cat /data/traces.json | lab trace --from - --proxy 'service.name=~-envoy$'

Exit codes: 0 drawn, 10 the trace is not in Tempo, 3 Tempo does not answer, 2 wrong usage.`,
    )
    .action(async (ids: string[], options: Flags) => {
      const expected = readExpected(expectedHopsFile);
      const link = options.json ? undefined : await traceLinks(options);
      for await (const trace of readTraces(ids, options, { expected })) {
        if (options.json) {
          printJson(trace);
        } else {
          const origins = originsOf(trace, options.proxy);
          console.log(
            renderTrace(trace, hasColor(), {
              ...{ origins, why: options.why === true, width: terminalWidth() },
              ...(options.attributes ? { below: spanDetails } : {}),
            }),
          );
          if (link && !options.attributes) console.log(`all that it says ${link(trace.traceId)}\n`);
        }
      }
    });
}

type Flags = InputFlags & { json?: boolean; attributes?: boolean; why?: boolean };
