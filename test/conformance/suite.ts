import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { ensureGoTool, goEnvironment } from "@envoy-mesh-lab/mesh";
import { runGroup } from "./process-group.ts";
import type { Report } from "./report.ts";
import { parseReport, readPatterns } from "./report.ts";
import type { Side, SpanCounts, Tracing } from "./variables.ts";
import { descriptorsVariable, spansVariable, tracingVariable } from "./variables.ts";

const run = promisify(execFile);
const folder = import.meta.dirname;

const module = "connectrpc.com/conformance";
/** Fails a run that hangs. The longest takes a minute on two cores. */
const timeoutMs = 240_000;

/** Cases that the suite has for a side under config.yaml; fewer, and something has kept it from running all. */
export const expectedCases: Readonly<Record<Side, number>> = { server: 4962, client: 6600 };

/** Patterns of the cases that may pass or fail. */
export function flakyPatterns(): string[] {
  return readPatterns(readFileSync(join(folder, "known-flaky.txt"), "utf8"));
}

/** The suite, ready to run. */
export interface Suite {
  readonly program: string;
  /** The compiled contracts of its messages, for the programs under test. */
  readonly descriptors: string;
}

/** What one run of the suite came to. */
export interface SuiteRun {
  readonly report: Report;
  /** All that the suite has printed. */
  readonly output: string;
  /** The spans of the programs under test; undefined for a bare run. */
  readonly spans: SpanCounts | undefined;
  /** How long it took. */
  readonly seconds: number;
}

/**
 * Builds the suite and compiles its contracts, unless the cache has both.
 *
 * @throws LabError without Go, or when the build fails
 */
export async function ensureSuite(onTick?: (text: string) => void): Promise<Suite> {
  const { path: program, go } = await ensureGoTool(
    {
      name: "connectconformance",
      title: "Connect conformance suite",
      version: "1.0.7",
      purpose: "checks the protocol of otelconnect's calls",
      module: "test/conformance",
      package: `${module}/cmd/connectconformance`,
    },
    onTick,
  );
  const descriptors = join(dirname(program), "descriptors.binpb");
  if (!existsSync(descriptors)) {
    const { stdout } = await run(go, ["list", "-m", "-f", "{{.Dir}}", module], {
      cwd: folder,
      env: goEnvironment(process.env),
    });
    const draft = `${descriptors}.${process.pid}.binpb`;
    await run("npx", ["--no-install", "buf", "build", join(stdout.trim(), "proto"), "-o", draft], {
      cwd: folder,
    });
    await rename(draft, descriptors);
  }
  return { program, descriptors };
}

/** Runs all cases of one side, bare or with our interceptors installed. */
export async function runSuite(suite: Suite, side: Side, tracing: Tracing): Promise<SuiteRun> {
  const traced = tracing !== "bare";
  const spansFolder = await mkdtemp(join(tmpdir(), "conformance-spans-"));
  try {
    const lists = [
      ...(side === "client" ? ["--known-failing", `@${join(folder, "known-failing.txt")}`] : []),
      ...(side === "client" ? ["--known-flaky", `@${join(folder, "known-flaky.txt")}`] : []),
    ];
    const underTest = [
      process.execPath,
      ...preloads(),
      ...(tracing === "from outside" ? ["--import", "@envoy-mesh-lab/otelconnect/register"] : []),
      join(folder, `${side}.ts`),
    ];
    const start = performance.now();
    const { stdout, stderr, end } = await runGroup(
      [suite.program, "--mode", side, "--conf", join(folder, "config.yaml"), ...lists, "--", ...underTest],
      {
        env: {
          ...process.env,
          [descriptorsVariable]: suite.descriptors,
          [spansVariable]: traced ? spansFolder : "",
          [tracingVariable]: tracing,
        },
        timeoutMs: timeoutMs,
      },
    );
    const output = stdout + stderr;
    const report = parseReport(stdout);
    if (report === undefined) {
      throw new Error(`the ${side} suite gave no result (${end}):\n${output}`);
    }
    const seconds = (performance.now() - start) / 1_000;
    return { report, output, spans: traced ? await readSpans(spansFolder) : undefined, seconds };
  } finally {
    await rm(spansFolder, { recursive: true, force: true });
  }
}

/** What this process was told to load first, which chooses the release of Connect, is for the programs under test too. */
function preloads(): string[] {
  const { execArgv } = process;
  return execArgv.flatMap((it, at) => (execArgv[at - 1] === "--import" ? ["--import", resolve(it)] : []));
}

async function readSpans(from: string): Promise<SpanCounts> {
  const sum = { started: 0, ended: 0 };
  for (const file of await readdir(from)) {
    const counts = JSON.parse(await readFile(join(from, file), "utf8")) as SpanCounts;
    sum.started += counts.started;
    sum.ended += counts.ended;
  }
  return sum;
}
