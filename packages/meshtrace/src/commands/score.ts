import { renderScore, scoreToJson, scoreTraces } from "@envoy-mesh-lab/check";
import { originFinder } from "@envoy-mesh-lab/trace";
import { Command } from "commander";
import { exampleLines } from "../example-lines.ts";
import type { Host } from "../host.ts";
import type { InputFlags } from "../input-flags.ts";
import { printJson, say } from "../output.ts";
import { addInputOptions, readTraces } from "../read-traces.ts";

/** `score`: the Instrumentation Score of each service. */
export function scoreCommand(host: Host): Command {
  const command = new Command("score")
    .summary("score how well each service is instrumented")
    .description(
      "Tells for each service its Instrumentation Score (github.com/instrumentation-score/spec), 0 to 100, as far as traces show it: which rules are not met, where, and what to do; and which rules could not be judged.",
    )
    .option("--json", "print the scores and every rule as JSON");
  return addInputOptions(command, host)
    .addHelpText(
      "after",
      `${exampleLines(
        host,
        [["score", `of the newest trace of ${host.home}`]],
        [
          ["score traces.json", ""],
          ["score traces.json --json | jq '.services[] | {service, score}'", ""],
        ],
      )}

Exit codes: 0 scored, 10 the trace is not in Tempo, 3 Tempo does not answer, 2 wrong usage.`,
    )
    .action(async (ids: string[], options: Flags) => {
      const report = await scoreTraces(readTraces(host, ids, options, {}), originFinder(options.proxy));
      if (options.json) printJson(scoreToJson(report));
      else say(renderScore(report));
    });
}

type Flags = InputFlags & { json?: boolean };
