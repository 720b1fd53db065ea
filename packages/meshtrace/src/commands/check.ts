import type { CheckReport, Expected } from "@envoy-mesh-lab/check";
import {
  checkTraces,
  hasFailures,
  isFindingCode,
  keysToKeep,
  renderReport,
  severities,
  toGithub,
  toJson,
  toJunit,
} from "@envoy-mesh-lab/check";
import { readExpected } from "@envoy-mesh-lab/check/node";
import type { ProxyRule, Trace } from "@envoy-mesh-lab/trace";
import { ExitCode, LabError, originFinder } from "@envoy-mesh-lab/trace";
import { Command, InvalidArgumentError } from "commander";
import { exampleLines } from "../example-lines.ts";
import type { Host } from "../host.ts";
import type { InputFlags } from "../input-flags.ts";
import { hasColor, printJson, say, terminalWidth, writeNamedFile } from "../output.ts";
import { addInputOptions, readTraces } from "../read-traces.ts";
import { sourceOf } from "../source-of.ts";

/** `check`: says whether the proxies sit where they should. */
export function checkCommand(host: Host): Command {
  const command = new Command("check")
    .summary("say whether the proxies sit where they should")
    .description(
      "Looks for what is wrong in traces and names every edge that is, with the likely cause and what to change." +
        (host.hasOwnTraces
          ? ` A trace of ${host.home} is compared with its expected hops too; a file with --expect only.`
          : ""),
    );
  const usual = host.hasOwnTraces ? ` (default: expected-hops.yaml, for ${host.home})` : "";
  return addInputOptions(addVerdictOptions(command, `what is expected of every trace${usual}`), host)
    .addHelpText(
      "after",
      `${exampleLines(
        host,
        [["check", "the newest trace of the mesh"]],
        [
          ["check saved-trace.json", ""],
          ["check traces.json --json | jq -r '.findings[].code'", ""],
          ["check traces.json --expect expected.yaml --ignore kind.one-span-proxy", ""],
          ["check traces.json --junit check.xml --github", ""],
          ["check traces.json --html check.html", ""],
        ],
      )}

Exit codes: 0 nothing found, 1 findings, 2 could not look (wrong usage, input that cannot be read, also in part; Tempo does not
answer or has no such trace), 70 a mistake in ${host.name} itself.`,
    )
    .action(async (ids: string[], options: Flags) => {
      try {
        await run(host, ids, options);
      } catch (error) {
        throw error instanceof LabError ? couldNotLook(error) : error;
      }
    });
}

/** Adds the options that say what is expected, and how the verdict is reported. */
export function addVerdictOptions(command: Command, expectation: string): Command {
  return command
    .option("--expect <file>", expectation)
    .option("--ignore <codes>", "codes of findings that are not reported, with commas between", toCodes)
    .option("--json", "print a summary and the findings as JSON")
    .option("--junit <file>", 'also write JUnit XML, for CI; "-" prints it instead of the words')
    .option("--html <file>", "also write a report with the traces drawn, one file that needs no network")
    .option("--why", "say beside the spans that are drawn what tells whether they are a proxy's")
    .option("--github", "print annotations for GitHub Actions instead of the words");
}

async function run(host: Host, ids: string[], options: Flags): Promise<void> {
  const expected = await expectedOf(host, options);
  let isWhole = true;
  const traces = readTraces(host, ids, options, {
    expected,
    keep: keysToKeep(expected, options.proxy),
    lost: () => {
      isWhole = false;
    },
  });
  process.exitCode = await judge(host, traces, sourceOf(ids, options), expected, options, () => isWhole);
}

/**
 * Judges traces and prints the verdict.
 *
 * @param source where they are from, in words.
 * @param isWhole asked in the end whether all that there is could be looked at.
 * @returns the exit code.
 */
export async function judge(
  host: Host,
  traces: AsyncIterable<Trace> | Iterable<Trace>,
  source: string,
  expected: Expected | undefined,
  options: VerdictFlags,
  isWhole: () => boolean,
): Promise<number> {
  const report = await checkTraces(traces, {
    expected,
    ignore: options.ignore,
    findOrigins: originFinder(options.proxy),
    ...(options.html === undefined ? {} : { show: drawnInPages }),
  });
  await print(host, report, expected, options);
  // After the words, so that they are there when a file cannot be written.
  if (options.junit !== undefined && options.junit !== "-") {
    writeNamedFile(options.junit, toJunit(report), host.folder());
  }
  if (options.html !== undefined) await writeHtml(host, report, source, options);
  // What could not be looked at is not clean.
  return hasFailures(report) ? ExitCode.findings : isWhole() ? ExitCode.ok : ExitCode.usage;
}

/** How many traces a page draws. */
const drawnInPages = 12;

async function writeHtml(
  host: Host,
  report: CheckReport,
  source: string,
  options: VerdictFlags,
): Promise<void> {
  const { renderHtml } = await import("@envoy-mesh-lab/check/html");
  const html = renderHtml(report, { source, findOrigins: originFinder(options.proxy) });
  writeNamedFile(options.html as string, html, host.folder());
  console.error(`${host.name}: the report is in ${options.html}`);
}

/** A check has two answers, and one exit code for having none, whatever the reason: CI needs no other. */
function couldNotLook(error: LabError): LabError {
  return new LabError(error.message, { hint: error.hint, exitCode: ExitCode.usage, cause: error });
}

/** How the verdict is made and told, as the command line says it. */
export interface VerdictFlags {
  readonly expect?: string;
  readonly ignore?: Set<string>;
  readonly json?: boolean;
  readonly junit?: string;
  readonly github?: boolean;
  readonly html?: string;
  readonly why?: boolean;
  readonly proxy?: readonly ProxyRule[];
}

type Flags = InputFlags & VerdictFlags;

/** What is expected of the traces: the host's own hops only for traces that are asked for by id, of its own mesh. */
async function expectedOf(host: Host, flags: Flags): Promise<Expected | undefined> {
  const { expect, from, query, since, start, end } = flags;
  if (expect !== undefined) return readExpected(expect);
  const isOwn = [from, query, since, start, end].every((it) => it === undefined);
  return isOwn ? host.expected(flags) : undefined;
}

/** Prints the report in the form that was asked for. */
async function print(
  host: Host,
  report: CheckReport,
  expected: Expected | undefined,
  options: InputFlags & VerdictFlags,
): Promise<void> {
  if (options.json) {
    printJson(toJson(report));
  } else if (options.junit === "-") {
    process.stdout.write(toJunit(report));
  } else if (options.github) {
    const text = toGithub(report, expected?.source?.file);
    if (text) console.log(text);
  } else {
    const checklist = options.expect !== undefined;
    const link = options.from === undefined ? await host.links(options) : undefined;
    say(
      renderReport(report, {
        expected,
        checklist,
        color: hasColor(),
        width: terminalWidth(),
        link,
        findOrigins: originFinder(options.proxy),
        why: options.why,
      }),
    );
  }
}

function toCodes(text: string): Set<string> {
  const codes = text.split(",").map((it) => it.trim());
  const unknown = codes.find((it) => !isFindingCode(it));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(
      `"${unknown}" is no code of a finding; there are ${Object.keys(severities).join(", ")} and input.* of docs/reading-traces.md`,
    );
  }
  return new Set(codes);
}
