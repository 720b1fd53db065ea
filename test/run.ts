import { existsSync } from "node:fs";
import { glob } from "node:fs/promises";
import { matchesGlob } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { cacheDir, removeOldCompiled } from "@envoy-mesh-lab/bootstrap";
import { startTestMesh, stopTestMesh } from "./e2e/test-mesh.ts";
import { runSideBySide } from "./side-by-side.ts";
import type { Stage } from "./stages.ts";
import { quick, stages } from "./stages.ts";

const usage = `Usage: npm test [-- [<stage> | quick] [<word>] [--all]]

Without a stage, runs in this order: ${names(({ isByName }) => !isByName)}.
Only by their names: ${names(({ isByName }) => isByName === true)}.
quick runs what finds most mistakes, end to end too, in less than four minutes once the caches are filled.

  <word>   the files whose name has it; of the stage faults, the tests whose name has it
  --all    the stage faults tries every row of its table

The last line says how many tests passed and failed. Exit code: 0 when all passed, 1 when not, 2 for a wrong usage.`;

const words = process.argv.slice(2).filter((it) => it !== "--all");
const [wanted, filter, ...rest] = words;
if (process.argv.includes("--all")) {
  // The stage of faults tries its whole table then.
  process.env.LAB_FAULTS = "all";
}
if (wanted === "--help" || wanted === "-h") {
  console.log(usage);
  process.exit(0);
}
if (wanted !== undefined && wanted !== "quick" && !(wanted in stages)) {
  console.error(`no test stage "${wanted}"\n${usage}`);
  process.exit(2);
}
if (rest.length > 0) {
  console.error(`one word chooses files, and there are ${rest.length} more: ${rest.join(" ")}\n${usage}`);
  process.exit(2);
}

removeOldCompiled(cacheDir());
let passed = 0;
let failed = 0;
const chosen = Object.entries(wanted === "quick" ? quick : stages).filter(([name, { isByName }]) =>
  wanted === undefined ? !isByName : wanted === "quick" || wanted === name,
);
const isQueued = ([, { queue }]: (typeof chosen)[number]) => wanted === undefined && queue !== undefined;
for (const [name, stage] of chosen.filter((it) => !isQueued(it))) {
  await runStage(name, stage);
}
const queued = chosen.filter(isQueued);
const queues = [1, 2].map((queue) => queued.filter(([, it]) => it.queue === queue).map(([name]) => name));
for (const count of await runSideBySide(queues)) {
  passed += count.passed;
  failed += count.failed;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

function names(isListed: (stage: Stage) => boolean): string {
  return Object.entries(stages)
    .filter(([, stage]) => isListed(stage))
    .map(([name]) => name)
    .join(", ");
}

async function runStage(name: string, stage: Stage): Promise<void> {
  const files: string[] = [];
  for await (const file of glob(stage.files, { exclude: (it) => it === "node_modules" })) {
    const isWanted = filter === undefined || stage.isFilteredByTest || file.includes(filter);
    if (isWanted && !isOneOf(file, stage.except)) {
      files.push(file);
    }
  }
  console.log(`\n== ${name}: ${files.length} files`);
  const startedAt = performance.now();
  const withMesh = stage.withMesh === true && files.length > 0;
  try {
    if (withMesh) {
      await startTestMesh();
    }
    await runFiles(inOrder(files, stage), stage);
  } finally {
    if (withMesh) {
      await stopTestMesh();
    }
    if (files.length > 0) {
      await stage.cleanUp?.();
    }
  }
  console.log(`${name} took ${Math.round((performance.now() - startedAt) / 1000)} s`);
}

function isOneOf(file: string, patterns: readonly string[] = []): boolean {
  return patterns.some((it) => matchesGlob(file, it));
}

/** What is started, in order: those that share a process, those that take the longest, and the rest by their names. */
function inOrder(files: readonly string[], { together, longest = [] }: Stage): string[] {
  // Node looks for the snapshots of a process beside the file that it began with.
  const isShared = (file: string) =>
    isOneOf(file, together) && !isOneOf(file, longest) && !existsSync(`${file}.snapshot`);
  const shared = files.filter(isShared).sort();
  process.env.LAB_TEST_FILES = shared.join("\n");
  const rank = (file: string) => {
    const place = longest.findIndex((it) => matchesGlob(file, it));
    return place === -1 ? longest.length : place;
  };
  const alone = files.filter((it) => !isShared(it)).sort();
  return [
    ...(shared.length > 0 ? ["test/together.ts"] : []),
    ...alone.sort((one, other) => rank(one) - rank(other)),
  ];
}

async function runFiles(
  files: string[],
  { timeoutMs, isFilteredByTest, only, preload, atATime = 1 }: Stage,
): Promise<void> {
  const pattern = isFilteredByTest ? filter : only;
  const events = run({
    files,
    concurrency: atATime,
    ...(preload === undefined ? {} : { execArgv: ["--import", preload] }),
    ...(pattern === undefined ? {} : { testNamePatterns: [pattern] }),
    ...(timeoutMs === undefined ? {} : { signal: AbortSignal.timeout(timeoutMs) }),
  });
  // A file and a describe() are events too; only what is asserted counts, and a describe() that fails by itself.
  events.on("test:pass", ({ details, skip }) => {
    if (details.type !== "suite" && !skip) passed++;
  });
  events.on("test:fail", ({ details, skip }) => {
    const isOfItsTests = details.type === "suite" && failureTypeOf(details.error) === "subtestsFailed";
    if (!isOfItsTests && !skip) failed++;
  });
  const report = events.compose(spec);
  report.pipe(process.stdout, { end: false });
  await new Promise((resolve, reject) => report.once("end", resolve).once("error", reject));
}

/** Of what kind Node's runner says that a failure is: "subtestsFailed", "hookFailed" and others, which its types leave out. */
function failureTypeOf(error: Error): unknown {
  return "failureType" in error ? error.failureType : undefined;
}
