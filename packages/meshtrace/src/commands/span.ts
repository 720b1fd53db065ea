import type { Span, Trace } from "@envoy-mesh-lab/trace";
import { describeSpan, ExitCode, LabError, originsOf } from "@envoy-mesh-lab/trace";
import { Command } from "commander";
import { exampleLines } from "../example-lines.ts";
import type { Host } from "../host.ts";
import type { InputFlags } from "../input-flags.ts";
import { printJson, terminalWidth } from "../output.ts";
import { addSourceOptions, readTraces } from "../read-traces.ts";

/** `span`: what a span says, in words. */
export function spanCommand(host: Host): Command {
  const command = new Command("span")
    .summary("tell in words what a span says")
    .argument("<id>", "span id (16 hex digits); `trace --attributes` tells those of a trace")
    .description(
      "Finds a span in Tempo or in files and tells all that it says in words: who made it, when, how long and how much of that was its own, what is above and below it, and its attributes, events and links, with what the well-known ones mean.",
    )
    .option("--json", "print the span as JSON");
  return addSourceOptions(command, host)
    .addHelpText(
      "after",
      `${exampleLines(
        host,
        [["span 3726378be4fd3266", ""]],
        [
          ["span 3726378be4fd3266 --since 1d", "from longer ago than an hour"],
          ["span 3726378be4fd3266 --from traces.json", ""],
        ],
      )}

Exit codes: 0 told, 10 no such span, 3 Tempo does not answer, 2 wrong usage.`,
    )
    .action(async (id: string, options: Flags) => {
      const spanId = parseSpanId(id);
      const { trace, span } = await findSpan(host, spanId, options);
      if (options.json) printJson(span);
      else
        console.log(
          describeSpan(trace, span, { origins: originsOf(trace, options.proxy), width: terminalWidth() }),
        );
    });
}

type Flags = InputFlags & { json?: boolean };

function parseSpanId(id: string): string {
  if (!/^[0-9a-f]{16}$/i.test(id) || /^0+$/.test(id)) {
    throw new LabError(`"${id}" is not a span id`, {
      exitCode: ExitCode.usage,
      hint: 'a span id has 16 hex digits, not all zero (W3C Trace Context, "parent-id"); `trace --attributes` tells them',
    });
  }
  return id.toLowerCase();
}

/** Tempo is asked for the traces that hold the span; of files each trace is looked at. */
async function findSpan(host: Host, spanId: string, flags: Flags): Promise<{ trace: Trace; span: Span }> {
  const query = flags.query ?? `{ span:id = "${spanId}" }`;
  for await (const trace of readTraces(host, [], flags.from === undefined ? { ...flags, query } : flags)) {
    const span = trace.spans.find((it) => it.spanId === spanId || it.originalSpanId === spanId);
    if (span !== undefined) return { trace, span };
  }
  throw new LabError(`no trace that was read has a span ${spanId}`, {
    exitCode: ExitCode.traceMissing,
    hint: "`trace --attributes` tells the ids of the spans of a trace",
  });
}
