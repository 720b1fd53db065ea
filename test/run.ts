import { glob } from "node:fs/promises";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { startTestMesh, stopTestMesh } from "./e2e/test-mesh.ts";
import { endFaultMesh } from "./faults/fault-mesh.ts";

/** One stage: its files, and how they are run. */
interface Stage {
  readonly files: readonly string[];
  readonly withMesh?: boolean;
  /** Ends what a file may have left that was told to end before its time. */
  readonly cleanUp?: () => Promise<void>;
  /** Whether the word after the stage's name is a part of a test's name, not of a file's. */
  readonly isFilteredByTest?: boolean;
  /** A module that each of its processes loads first. */
  readonly preload?: string;
  /** For files that share a mesh which they start themselves. */
  readonly oneByOne?: boolean;
  /** When the stage takes longer, its files are told to end with SIGTERM, and fail. In milliseconds; default: no limit. */
  readonly timeoutMs?: number;
}

/** The stages, in order: what needs no mesh comes first, because it fails fastest. */
const stages = {
  unit: {
    files: [
      "{bootstrap,packages,chassis,gateway,backend,lab}/**/*.test.ts",
      "test/{browser,conformance,corpus,faults,house,services}/*.test.ts",
      "test/*.test.ts",
    ],
  },
  // The packages' tests once more, with the newest release of Connect; the lab has the oldest that they support.
  "connect-newest": {
    files: ["packages/otelconnect/src/*.test.ts"],
    preload: "./test/connect-newest/register.ts",
  },
  // Connect's own suite over connect-es with our interceptors and without. The first run builds it.
  conformance: { files: ["test/conformance/*.e2e.ts"], timeoutMs: 30 * 60_000 },
  e2e: { files: ["test/e2e/*.test.ts"], withMesh: true },
  // Each Envoy alone, with its limits brought within reach.
  envoys: { files: ["test/envoys/*.e2e.ts"], oneByOne: true, timeoutMs: 10 * 60_000 },
  // What is done to the parts and to the network between them, in a mesh that it starts itself.
  faults: {
    files: ["test/faults/*.e2e.ts"],
    isFilteredByTest: true,
    timeoutMs: 60 * 60_000,
    cleanUp: endFaultMesh,
  },
  // The Collector and Tempo alone, under loads of spans, on a full disk and at their limits.
  spans: { files: ["test/spans/*.e2e.ts"], oneByOne: true, timeoutMs: 15 * 60_000 },
  // Every exercise, proved from its start to its solution, one after the other in one mesh.
  exercises: { files: ["test/exercises/*.test.ts"], withMesh: true },
  // The same mesh in containers. The first run may build Docker Compose and images.
  docker: { files: ["test/docker/*.e2e.ts"], timeoutMs: 30 * 60_000 },
} as const satisfies Record<string, Stage>;

const words = process.argv.slice(2).filter((it) => it !== "--all");
const [wanted, filter] = words;
if (process.argv.includes("--all")) {
  // The stage of faults tries its whole table then.
  process.env.LAB_FAULTS = "all";
}
if (wanted !== undefined && !(wanted in stages)) {
  console.error(
    `no test stage "${wanted}"; there are ${Object.keys(stages).join(", ")} (and a part of a file's name after it, or of a fault's)`,
  );
  process.exit(2);
}

let passed = 0;
let failed = 0;
for (const [name, stage] of Object.entries(stages)) {
  if (wanted === undefined || wanted === name) {
    await runStage(name, stage);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

async function runStage(name: string, stage: Stage): Promise<void> {
  const files: string[] = [];
  for await (const file of glob(stage.files, { exclude: (it) => it === "node_modules" })) {
    if (filter === undefined || stage.isFilteredByTest || file.includes(filter)) {
      files.push(file);
    }
  }
  console.log(`\n== ${name}: ${files.length} files`);
  const withMesh = stage.withMesh === true && files.length > 0;
  try {
    if (withMesh) {
      await startTestMesh();
    }
    // One file after the other where they share a mesh; elsewhere two at a time, as the smallest machine has cores.
    await runFiles(files.sort(), withMesh || stage.oneByOne ? 1 : 2, stage);
  } finally {
    if (withMesh) {
      await stopTestMesh();
    }
    if (files.length > 0) {
      await stage.cleanUp?.();
    }
  }
}

async function runFiles(
  files: string[],
  concurrency: number,
  { timeoutMs, isFilteredByTest, preload }: Stage,
): Promise<void> {
  const events = run({
    files,
    concurrency,
    ...(preload === undefined ? {} : { execArgv: ["--import", preload] }),
    ...(isFilteredByTest && filter !== undefined ? { testNamePatterns: [filter] } : {}),
    ...(timeoutMs === undefined ? {} : { signal: AbortSignal.timeout(timeoutMs) }),
  });
  const count = (ok: boolean) => (event: { details: { type?: string | undefined }; skip?: unknown }) => {
    // A file and a describe() are events too; only what is asserted counts.
    if (event.details.type === "suite" || event.skip) return;
    if (ok) passed++;
    else failed++;
  };
  events.on("test:pass", count(true));
  events.on("test:fail", count(false));
  const report = events.compose(spec);
  report.pipe(process.stdout, { end: false });
  await new Promise((resolve, reject) => report.once("end", resolve).once("error", reject));
}
