import { originsOf, renderTrace, spanDetails } from "@envoy-mesh-lab/trace";
import { Command } from "commander";
import { exampleLines } from "../example-lines.ts";
import type { Host } from "../host.ts";
import type { InputFlags } from "../input-flags.ts";
import { hasColor, printJson, terminalWidth } from "../output.ts";
import { addInputOptions, readTraces } from "../read-traces.ts";

/** `trace`: draws traces as trees. */
export function traceCommand(host: Host): Command {
  const command = new Command("trace")
    .summary("draw a trace as a tree")
    .description(
      "Reads traces from Tempo or from files and draws each as a tree, with app and proxy spans told apart, and says where else it is to be seen.",
    )
    .option(
      "--json",
      "print the spans as JSON (times in nanoseconds since 1970, as text), one trace after the other",
    )
    .option("--attributes", "say below each span all that it says: attributes, events, links")
    .option("--why", "say for each span what tells whether it is a proxy's");
  return addInputOptions(command, host)
    .addHelpText(
      "after",
      `${exampleLines(
        host,
        [
          ["trace", `the newest trace of ${host.home}`],
          ["trace --attributes", "with all that each span says; the command span explains one"],
        ],
        [
          ["trace 0af7651916cd43dd8448eb211c80319c", ""],
          ["trace last --json | jq '.spans | length'", ""],
          ["trace traces.json --why", ""],
          [
            "trace - --proxy 'service.name=~-envoy$'",
            "of standard input: kubectl exec … -- cat traces.json |",
          ],
        ],
      )}

Exit codes: 0 drawn, 10 the trace is not in Tempo, 3 Tempo does not answer, 2 wrong usage.`,
    )
    .action(async (ids: string[], options: Flags) => {
      const expected = await host.expected(options);
      const isStored = options.from === undefined;
      const link = options.json || !isStored ? undefined : await host.links(options);
      for await (const trace of readTraces(host, ids, options, { expected })) {
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
