import { resolve } from "node:path";
import type { Collection, CollectOptions, CompareReport, Explanation } from "@envoy-mesh-lab/compare";
import {
  collect,
  compareAttributes,
  Decomposer,
  explain,
  renderContrast,
  renderExplanation,
  renderReport,
  report,
  toCsv,
} from "@envoy-mesh-lab/compare";
import type { Trace } from "@envoy-mesh-lab/trace";
import { ExitCode, LabError, originAttributes, originFinder } from "@envoy-mesh-lab/trace";
import { Command, Option } from "commander";
import { againstOf } from "../against.ts";
import type { Example } from "../example-lines.ts";
import { exampleLines } from "../example-lines.ts";
import type { Host } from "../host.ts";
import type { InputFlags } from "../input-flags.ts";
import { hasColor, printJson, terminalWidth, writeNamedFile } from "../output.ts";
import { addInputOptions, readTraces } from "../read-traces.ts";
import { findSimilar } from "../similar.ts";
import { sourceOf } from "../source-of.ts";

/**
 * `compare`: divides the end-to-end time of traces among apps, proxies and the network.
 *
 * @param more examples of what a host adds. Default: none.
 */
export function compareCommand(host: Host, more: readonly Example[] = []): Command {
  const command = new Command("compare")
    .summary("say where the time goes: app, proxy or network")
    .description(
      "Divides the end-to-end time of traces, without remainder, among the applications' work, their client sides, the proxies and the legs between them; compares two sets of traces.",
    );
  return addInputOptions(command, host)
    .option(
      "--against <what...>",
      "compare with the traces of these files, trace ids or TraceQL query: they are B, the others A; " +
        "or similar: the fast traces of the same shape",
    )
    .option("--by <key>", "group by an attribute of spans or resources, or by `name`")
    .option("--intervals", "show the 95 % interval of each mean in the table")
    .addOption(
      new Option(
        "--explain",
        "tell of one trace who got each stretch of its time, by which span and rule",
      ).conflicts("csv"),
    )
    .option("--html <file>", "write a report with pictures, one file that needs no network")
    .option(
      "--trace <id>",
      "the trace that --explain, --html or --against similar is about (default: the slowest)",
    )
    .addOption(new Option("--json", "print the report as JSON").conflicts("csv"))
    .addOption(new Option("--csv", "print the report as CSV"))
    .addHelpText(
      "after",
      `${exampleLines(
        host,
        [
          ["compare", `the newest trace of ${host.home}`],
          ["compare --explain", "… stretch by stretch: whose, by which span and rule"],
        ],
        [
          ["compare traces/ --by rpc.method", ""],
          ["compare before.json --against after.json --html report.html", ""],
          ["compare --query '{ .version = \"1\" }' --against '{ .version = \"2\" }' --since 15m", ""],
          ["compare last --against similar", "what is different about this trace"],
          ...more,
          ["compare traces/ --json | jq '.a.roles[] | {role, share: .share.value}'", ""],
        ],
      )}

Exit codes: 0 compared, 10 there is no trace, 3 Tempo does not answer, 2 wrong usage.`,
    )
    .action((ids: string[], flags: CompareFlags) => runCompare(host, ids, flags));
}

/** What the user said of a comparison. */
export interface CompareFlags extends InputFlags {
  readonly against?: string[];
  readonly by?: string;
  readonly intervals?: boolean;
  readonly html?: string;
  readonly explain?: boolean;
  readonly trace?: string;
  readonly json?: boolean;
  readonly csv?: boolean;
}

/** Compares, as the command line says it, and prints what comes of it. */
export async function runCompare(host: Host, ids: string[], flags: CompareFlags): Promise<void> {
  const options: CollectOptions = {
    decomposer: new Decomposer(),
    findOrigins: originFinder(flags.proxy),
    by: flags.by,
    keep: flags.trace?.toLowerCase(),
  };
  assertFlags(flags);
  if (isSimilar(flags)) {
    const { contrast, source, chosen } = await findSimilar(
      host,
      ids,
      flags,
      options,
      keysToKeep(flags, undefined),
    );
    const style = { color: hasColor(), width: terminalWidth(), intervals: false };
    if (flags.json) printJson(contrast);
    else console.log(renderContrast(contrast, source, style, chosen));
    return;
  }
  const source = sourceOf(ids, flags);
  const collection = await gather(host, ids, flags, options, source);
  const b = flags.against && againstOf(flags.against, flags, host);
  const against = b && {
    source: b.source,
    collection: await gather(host, b.ids, b.flags, { ...options, keep: undefined, by: undefined }, b.source),
  };
  if (flags.intervals && collection.sample.traces === 1) {
    throw new LabError(`--intervals: there is one trace in ${source}, and an interval needs two or more`, {
      exitCode: ExitCode.usage,
      hint: "read more traces, or leave --intervals out",
    });
  }
  const explanation = flags.explain ? explainKept(collection, options) : undefined;
  const result = report({ source, collection }, { by: flags.by, against, explanation });
  if (flags.html !== undefined) {
    await writeHtml(host, flags.html, result, collection, options, against?.collection);
  }
  if (flags.json) {
    printJson(result);
  } else if (flags.csv) {
    process.stdout.write(toCsv(result));
  } else {
    const style = { color: hasColor(), width: terminalWidth(), intervals: flags.intervals ?? false };
    console.log(renderReport(result, style));
    if (explanation !== undefined) console.log(`\n${renderExplanation(explanation, style)}`);
  }
}

/** Explains the trace that was kept whole. */
function explainKept({ kept }: Collection, { decomposer, findOrigins }: CollectOptions): Explanation {
  return explain(decomposer, decomposer.detail(kept as Trace, findOrigins));
}

/** Whether `--against` asks for the fast traces of the same shape; a file of that name is `./similar`. */
function isSimilar({ against = [] }: CompareFlags): boolean {
  return against.includes("similar");
}

/** Refuses what cannot be done, or would be without effect. */
function assertFlags(flags: CompareFlags): void {
  const { from = [], against = [], trace, html, explain, by, intervals, csv, follow } = flags;
  if (isSimilar(flags)) {
    const beside = Object.entries({ html, explain, by, intervals, csv, follow }).filter(
      ([, it]) => it !== undefined,
    );
    if (beside.length > 0 || against.length > 1) {
      const what = beside.map(([name]) => `--${name}`).join(", ") || "another set of traces";
      throw new LabError(
        `--against similar holds one trace against others, and does not go together with ${what}`,
        {
          exitCode: ExitCode.usage,
          hint: "its own options are those that say where the traces come from, --trace, and --json",
        },
      );
    }
    return;
  }
  if (trace !== undefined && html === undefined && !explain) {
    throw new LabError(
      "--trace says which trace --explain, --html or --against similar is about, and none is given",
      {
        exitCode: ExitCode.usage,
        hint: "add --explain or --html FILE; to compare that trace only, give its id as an argument",
      },
    );
  }
  if (from.includes("-") && against.includes("-")) {
    throw new LabError("standard input (-) is read once: it cannot be A and B", {
      exitCode: ExitCode.usage,
      hint: "save one of them in a file, and name that",
    });
  }
}

async function gather(
  host: Host,
  ids: string[],
  flags: InputFlags,
  options: CollectOptions,
  source: string,
): Promise<Collection> {
  const collection = await collect(
    readTraces(host, ids, flags, { keep: keysToKeep(flags, options.by) }),
    options,
  );
  collection.check(source);
  return collection;
}

async function writeHtml(
  host: Host,
  file: string,
  result: CompareReport,
  a: Collection,
  { decomposer, findOrigins }: CollectOptions,
  b: Collection | undefined,
): Promise<void> {
  // The charting library takes a while to load, so it is loaded only when it is needed.
  const { renderHtml } = await import("@envoy-mesh-lab/compare/html");
  const kept = a.kept as Trace;
  const html = renderHtml({
    report: result,
    frames: { a: a.sample.frame(), ...(b ? { b: b.sample.frame() } : {}) },
    drawn: decomposer.detail(kept, findOrigins),
  });
  writeNamedFile(file, html, host.folder());
  console.error(`${host.name}: the report is in ${resolve(host.folder(), file)}`);
}

/** The attributes that are looked at; nothing else of a span need be kept in memory. */
function keysToKeep({ proxy = [] }: InputFlags, by: string | undefined): ReadonlySet<string> {
  const named = [...proxy.map((it) => it.key), ...(by === undefined ? [] : [by])];
  return new Set([...originAttributes, ...compareAttributes, ...named]);
}
