import { appendFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { meshStatus } from "@envoy-mesh-lab/mesh";
import { parseWhole } from "@envoy-mesh-lab/trace";
import { Command, InvalidArgumentError } from "commander";
import type { FaultMesh } from "./fault-mesh.ts";
import { startFaultMesh } from "./fault-mesh.ts";
import { judge, toMiB } from "./judge.ts";
import { memoryOf, observe } from "./observe.ts";
import { randomPicks } from "./picks.ts";
import { renderVerdict } from "./render.ts";
import type { Reading } from "./slopes.ts";
import { slopesOf } from "./slopes.ts";
import { faults } from "./table.ts";

// Usage: npm run soak -- --hours 8. Draws one fault after the other from the table, as a seed says, each under load, and
// writes what came of it as a JSON line. Ctrl-C or SIGTERM ends it after the fault that is at work, with the summary.

const program = new Command("soak")
  .description("Tries faults of the table at random under load, for hours, and says what came of each.")
  .option("--hours <hours>", "how long to go on", positive, 8)
  .option("--rate <rate>", "calls a second, at most 50", positive, 10)
  .option("--seed <seed>", "what the order of the faults is drawn from", whole, 1 + (Date.now() % 1_000_000))
  .option("--only <words>", "only faults whose name contains this", "")
  .option("--output <file>", "where the JSON lines go", "soak.jsonl")
  .addHelpText("after", '\nExample:\n  npm run soak -- --hours 0.5 --seed 7 --only "kill -9"')
  .parse();
const options = program.opts<{ hours: number; rate: number; seed: number; only: string; output: string }>();

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("it is no number above 0.");
  return value;
}

function whole(text: string): number {
  const value = parseWhole(text, 1, 2 ** 31 - 2);
  if (value === undefined) throw new InvalidArgumentError("it is no whole number from 1 to 2^31 - 2.");
  return value;
}

const table = faults.filter(({ name, whyNot }) => whyNot === undefined && name.includes(options.only));
if (table.length === 0) program.error(`error: no fault has "${options.only}" in its name`, { exitCode: 2 });
if (options.rate > 50) program.error("error: --rate is at most 50", { exitCode: 2 });

const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    console.error(
      "Ending after this fault; once more ends it at once, and leaves the mesh to the next soak, which ends it.",
    );
    stopping.abort();
  });
}

const file = resolve(process.env.INIT_CWD ?? ".", options.output);
try {
  writeFileSync(file, "");
} catch (error) {
  program.error(`error: --output: ${error instanceof Error ? error.message : error}`, { exitCode: 2 });
}
console.log(
  `${table.length} faults for ${options.hours} h at ${options.rate} calls a second, seed ${options.seed}, into ${file}`,
);
let broken = 0;
let rounds = 0;
const readings: Reading[] = [];
const mesh = await startFaultMesh();
try {
  const endsAt = performance.now() + options.hours * 3_600_000;
  for (const pick of randomPicks(table, options.seed)) {
    if (stopping.signal.aborted || performance.now() > endsAt) break;
    await round(pick, mesh);
  }
} finally {
  await mesh.stop();
}
summarize();
process.exitCode = broken === 0 && rounds > 0 ? 0 : 1;

async function round(fault: (typeof table)[number], faultMesh: FaultMesh): Promise<void> {
  rounds++;
  const line = { at: new Date(), fault: fault.name };
  try {
    const seen = await observe(fault, faultMesh, options.rate);
    const verdict = judge(fault, seen);
    if (verdict.problems.length > 0) broken++;
    console.log(renderVerdict(fault.name, verdict));
    appendFileSync(file, `${JSON.stringify({ ...line, ...verdict, memory: seen.memory })}\n`);
  } catch (error) {
    // A mesh so broken that it cannot be looked at is a finding; the night goes on.
    broken++;
    console.log(`✖ ${fault.name}: ${error}`);
    appendFileSync(file, `${JSON.stringify({ ...line, problems: [String(error)] })}\n`);
  }
  const { parts } = await meshStatus();
  const bytes = memoryOf(parts);
  const memory = parts.flatMap(({ name, process: id }) =>
    id && bytes[name] ? [[name, { pid: id.pid, bytes: bytes[name] }] as const] : [],
  );
  readings.push({ at: Date.now(), memory: Object.fromEntries(memory) });
}

function summarize(): void {
  for (const { part, first, last, perHour, readings: count } of slopesOf(readings)) {
    console.log(
      `${part}: ${toMiB(first)} > ${toMiB(last)} MiB, ${toMiB(perHour)} MiB an hour over ${count} readings`,
    );
  }
  console.log(`${rounds} faults, ${broken} with a broken promise`);
}
