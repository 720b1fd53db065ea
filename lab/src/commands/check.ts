import { writeFileSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { type CheckReport, checkTraces, hasFailures } from "../check/check-traces.ts";
import { type Expected, expectedHopsFile, readExpected } from "../check/expected.ts";
import { isFindingCode, severities } from "../check/findings.ts";
import { toGithub } from "../check/github.ts";
import { toJson } from "../check/json.ts";
import { toJunit } from "../check/junit.ts";
import { renderReport } from "../check/render.ts";
import { endpoints, tempoOption } from "../endpoints.ts";
import { ExitCode } from "../exit-codes.ts";
import { LabError } from "../lab-error.ts";
import { loadTrace, readTraceFiles } from "../load-trace.ts";
import { hasColor, printJson } from "../output.ts";
import type { Trace } from "../trace/model.ts";
import { addMeshOptions, type MeshFlags } from "./mesh-options.ts";

/** `lab check`: says whether the proxies sit where they should. */
export function checkCommand(): Command {
  const command = new Command("check")
    .summary("say whether the proxies sit where they should")
    .description(
      "Looks for what is wrong in traces and names every edge that is, with the likely cause and what to change. A trace of the lab's own mesh is compared with its expected hops too; a file with --expect only.",
    )
    .argument("[id]", 'trace id (32 hex digits), or "last": the last call', "last")
    .option("--from <file>", "read traces from a file (OTLP JSON, or Tempo's answer) instead of Tempo")
    .option(
      "--expect <file>",
      "what is expected of every trace (default: expected-hops.yaml, for the lab's own mesh)",
    )
    .option("--ignore <codes>", "codes of findings that are not told, with commas between", toCodes)
    .option("--json", "print a summary and the findings as JSON")
    .option("--junit <file>", 'also write JUnit XML, for CI; "-" prints it instead of the words')
    .option("--github", "print annotations for GitHub Actions instead of the words")
    .addOption(tempoOption());
  return addMeshOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  lab check                                  the trace of the last call
  lab check --json | jq -r '.findings[].code'
  lab check --from saved-trace.json
  lab check --from traces.json --expect expected.yaml --ignore kind.one-span-proxy
  lab check --from traces.json --junit check.xml --github

Exit codes: 0 nothing found, 1 findings, 2 could not look (wrong usage, or input that cannot be read), 10 the trace is
not in Tempo, 3 Tempo does not answer.`,
    )
    .action(async (id: string, options: Flags) => {
      const { traces, expected } = await gather(id, options);
      const report = await checkTraces(traces, { expected, ignore: options.ignore });
      print(report, expected, options);
      process.exitCode = hasFailures(report) ? ExitCode.findings : ExitCode.ok;
    });
}

type Flags = MeshFlags & {
  from?: string;
  expect?: string;
  ignore?: Set<string>;
  json?: boolean;
  junit?: string;
  github?: boolean;
  tempo?: string;
};

/** The traces to look at, and what is expected of them: the lab's own hops only where the trace is of its own mesh. */
async function gather(
  id: string,
  options: Flags,
): Promise<{ traces: Iterable<Trace>; expected: Expected | undefined }> {
  if (options.from) {
    return {
      traces: readTraceFiles(options.from),
      expected: options.expect ? readExpected(options.expect) : undefined,
    };
  }
  const expected = readExpected(options.expect ?? expectedHopsFile);
  const { mesh, tempo } = await endpoints(options);
  return { traces: [await loadTrace(id, mesh, tempo, expected)], expected };
}

/** Prints the report in the form that was asked for; a file of JUnit XML is written beside it. */
function print(report: CheckReport, expected: Expected | undefined, options: Flags): void {
  const junit = options.junit === undefined ? undefined : toJunit(report);
  if (junit !== undefined && options.junit !== "-") {
    write(options.junit as string, junit);
  }
  if (options.json) {
    printJson(toJson(report));
  } else if (options.junit === "-") {
    process.stdout.write(junit as string);
  } else if (options.github) {
    const text = toGithub(report, expected?.source?.file);
    if (text) console.log(text);
  } else {
    const checklist = options.expect !== undefined;
    console.log(renderReport(report, { expected, checklist, color: hasColor() }));
  }
}

function write(file: string, content: string): void {
  try {
    writeFileSync(file, content);
  } catch (error) {
    throw new LabError(`cannot write ${file}: ${(error as Error).message}`, {
      exitCode: ExitCode.usage,
      hint: "name a file in a folder that is there",
    });
  }
}

function toCodes(text: string): Set<string> {
  const codes = text.split(",").map((it) => it.trim());
  const unknown = codes.find((it) => !isFindingCode(it));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(
      `"${unknown}" is no code of a finding; there are ${Object.keys(severities).join(", ")} and input.*`,
    );
  }
  return new Set(codes);
}
