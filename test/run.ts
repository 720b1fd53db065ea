import { glob } from "node:fs/promises";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { startTestMesh, stopTestMesh } from "./e2e/test-mesh.ts";

/** The stages, in order: what needs no mesh comes first, because it fails fastest. */
const stages = {
  unit: ["{bootstrap,otelconnect,connections,chassis,gateway,backend,lab}/**/*.test.ts", "test/*.test.ts"],
  e2e: ["test/e2e/*.test.ts"],
  exercises: ["test/exercises/*.test.ts"],
};
type Stage = keyof typeof stages;
/** The stages whose files share a mesh. */
const inMesh: readonly Stage[] = ["e2e", "exercises"];

const [wanted, filter] = process.argv.slice(2);
if (wanted !== undefined && !(wanted in stages)) {
  console.error(
    `no test stage "${wanted}"; there are ${Object.keys(stages).join(", ")} (and a part of a file's name after it)`,
  );
  process.exit(2);
}

let passed = 0;
let failed = 0;
for (const stage of Object.keys(stages) as Stage[]) {
  if (wanted === undefined || wanted === stage) {
    await runStage(stage);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

async function runStage(stage: Stage): Promise<void> {
  const files: string[] = [];
  for await (const file of glob(stages[stage], { exclude: (it) => it === "node_modules" })) {
    if (filter === undefined || file.includes(filter)) {
      files.push(file);
    }
  }
  console.log(`\n== ${stage}: ${files.length} files`);
  const withMesh = inMesh.includes(stage) && files.length > 0;
  try {
    if (withMesh) {
      await startTestMesh();
    }
    // One file after the other where they share a mesh; elsewhere two at a time, as the smallest machine has cores.
    await runFiles(files.sort(), withMesh ? 1 : 2);
  } finally {
    if (withMesh) {
      await stopTestMesh();
    }
  }
}

async function runFiles(files: string[], concurrency: number): Promise<void> {
  const events = run({ files, concurrency });
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
