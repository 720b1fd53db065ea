import type { TraceLine } from "@envoy-mesh-lab/check";
import { checkTraces, toLine } from "@envoy-mesh-lab/check";
import { originFinder } from "@envoy-mesh-lab/trace";
import { Command } from "commander";
import { exampleLines } from "../example-lines.ts";
import type { Host } from "../host.ts";
import type { InputFlags } from "../input-flags.ts";
import { printJson, say, terminalWidth } from "../output.ts";
import { addInputOptions, readTraces } from "../read-traces.ts";
import { renderLines } from "../trace-list.ts";

/** How many traces are listed when nothing else is said. */
const usualNumber = 20;

/** `traces`: the recent traces, a line each. */
export function tracesCommand(host: Host): Command {
  const command = new Command("traces")
    .summary("list the recent traces, a line each")
    .description(
      "Lists traces, the newest first: when each began, its id, how long it took, what came of it, the RPC, and what `check` finds in it.",
    )
    .option("--json", "print the list as JSON (times in nanoseconds since 1970, as text)");
  return addInputOptions(command, host)
    .addHelpText(
      "after",
      `${exampleLines(
        host,
        [["traces", `the newest ${usualNumber} of the last hour`]],
        [
          ["traces --since 5m --limit 100", ""],
          ["traces --query '{ status = error }'", ""],
          ["traces collector-file.jsonl", ""],
        ],
      )}

Then \`${host.name} trace <id>\` draws one, and \`${host.name} check <id>\` explains what it finds.

Exit codes: 0 listed, 10 there is none, 3 Tempo does not answer, 2 wrong usage.`,
    )
    .action(async (ids: string[], options: Flags) => {
      const { limit: number = usualNumber, ...source } = options;
      // Without a Tempo there is nothing to search by itself.
      const isElsewhere = [source.from, source.jaeger, source.zipkin].some((it) => it !== undefined);
      const isSearch = !isElsewhere && ids.length === 0 && (host.hasOwnTraces || source.tempo !== undefined);
      // Of the host's own mesh it is known which spans a trace has to have.
      const expected = source.from === undefined ? await host.expected(options) : undefined;
      const findOrigins = originFinder(options.proxy);
      const lines: TraceLine[] = [];
      for await (const trace of readTraces(host, ids, isSearch ? newestOf(source, number) : source)) {
        const { reports } = await checkTraces([trace], { expected, findOrigins });
        lines.push(toLine(trace, reports[0]?.findings ?? []));
      }
      const sorted = lines.toSorted((a, b) => (a.startNs > b.startNs ? -1 : a.startNs < b.startNs ? 1 : 0));
      const shown = sorted.slice(0, number);
      if (options.json) {
        printJson(shown);
        return;
      }
      console.log(renderLines(shown, terminalWidth()));
      const more = sorted.length - shown.length;
      if (more > 0) say(`… and ${more} older; --limit says how many are listed`);
    });
}

type Flags = InputFlags & { json?: boolean };

/** A search gives any traces that fit until there are enough; with this hint of TraceQL (Tempo 2.8), the newest. */
function newestOf(source: InputFlags, limit: number): InputFlags {
  const { query = "{}" } = source;
  const hinted = /\bwith\s*\(/.test(query) ? query : `${query} with (most_recent=true)`;
  return { ...source, limit, query: hinted };
}
