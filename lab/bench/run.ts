import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Generated } from "./generate.ts";
import { generate } from "./generate.ts";
import type { Times } from "./modes.ts";
import { modes } from "./modes.ts";
import { generateStrangers } from "./strangers.ts";

// Measures reading, check and compare beside JSON.parse on the same bytes, over growing files and one of a gigabyte, in
// processor time and by the clock. The spans are the lab's own, or with --strangers BYTES as others write them, of so many
// bytes each. Files are made in a temporary folder and removed. Each measurement is a process of its own.
const { values: options } = parseArgs({
  options: {
    spans: { type: "string", default: "10000,100000,1000000" },
    gigabyte: { type: "boolean", default: false },
    strangers: { type: "string" },
    modes: { type: "string", default: Object.keys(modes).join(";") },
    rounds: { type: "string", default: "5" },
    json: { type: "boolean", default: false },
  },
});
const wanted = options.modes.split(";");
const rounds = Number(options.rounds);
const sizes = options.spans.split(",").filter(Boolean).map(Number);
const floorMode = "JSON.parse";

/** What one run of a mode took: its time, and memory at its highest. */
type Figures = Times & { spans: number; rssMiB: number; parse?: Times };

/** The middle one of several figures, the least and the most. */
interface Spread {
  median: number;
  least: number;
  most: number;
}

/** What was measured of one mode over one file. */
interface Line {
  mode: string;
  cpu: Measured;
  clock: Measured;
  /** Of processor time. */
  spansPerSecond: number;
  rssMiB: Spread;
}

/** A time, of a mode or of JSON.parse alone. */
interface Measured {
  ms: Spread;
  /** Times JSON.parse alone in the same round; absent when that was not measured. */
  ratio?: Spread;
  /** Milliseconds of JSON.parse alone. */
  parseMs?: Spread;
}

const folder = mkdtempSync(join(tmpdir(), "lab-bench-"));
try {
  const machine = {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    system: `${process.platform} ${process.arch}`,
    cores: cpus().length,
    processor: cpus()[0]?.model ?? "unknown",
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    rounds,
  };
  const files = [
    ...sizes.map((count) => () => measure(`${count} spans`, (size) => size.spans >= count)),
    ...(options.gigabyte ? [() => measure("1 GB", (size) => size.bytes >= 1e9)] : []),
  ].map((it) => it());
  if (options.json) console.log(JSON.stringify({ machine, files }, undefined, 2));
  else console.log(`\n${Object.entries(machine).flat().join(" ")}`);
} finally {
  rmSync(folder, { recursive: true });
}

function measure(title: string, enough: (size: Generated) => boolean) {
  const file = join(folder, "traces.jsonl");
  const size =
    options.strangers === undefined
      ? generate(file, enough)
      : generateStrangers(file, Number(options.strangers), enough);
  // Taken in turn, so that what else the machine does meets all alike.
  const taken = new Map<string, Figures[]>(wanted.map((mode) => [mode, []]));
  for (let i = 0; i < rounds; i++) {
    for (const mode of wanted) taken.get(mode)?.push(run(mode, file, size));
  }
  const floors = taken.get(floorMode)?.map((it) => it.parse as Times);
  const lines = [...taken].map(([mode, figures]) => toLine(mode, figures, floors));
  if (!options.json) {
    console.log(`\n${title}: ${size.spans} spans, ${(size.bytes / 1e6).toFixed(0)} MB of OTLP JSON lines`);
    for (const it of lines) console.log(inWords(it));
  }
  return { title, ...size, lines };
}

function run(mode: string, file: string, { spans }: Generated): Figures {
  const worker = new URL("worker.ts", import.meta.url).pathname;
  const output = execFileSync(process.execPath, [worker, mode, file], { encoding: "utf8" });
  const figures = JSON.parse(output) as Figures;
  if (figures.spans !== spans) {
    throw new Error(`${mode} saw ${figures.spans} of ${spans} spans`);
  }
  return figures;
}

function toLine(mode: string, figures: Figures[], floors: Times[] | undefined): Line {
  const measured = (key: keyof Times): Measured => {
    const parse = figures.flatMap((it) => it.parse?.[key] ?? []);
    return {
      ms: spreadOf(figures.map((it) => it[key])),
      ...(floors ? { ratio: spreadOf(figures.map((it, i) => it[key] / (floors[i] as Times)[key])) } : {}),
      ...(parse.length > 0 ? { parseMs: spreadOf(parse) } : {}),
    };
  };
  const cpu = measured("cpuMs");
  return {
    mode,
    cpu,
    clock: measured("clockMs"),
    spansPerSecond: Math.round((figures[0] as Figures).spans / (cpu.ms.median / 1000)),
    rssMiB: spreadOf(figures.map((it) => it.rssMiB)),
  };
}

function spreadOf(values: number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (i: number) => sorted[i] as number;
  const middle = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    least: at(0),
    most: at(sorted.length - 1),
  };
}

function inWords({ mode, cpu, clock, spansPerSecond, rssMiB }: Line): string {
  const range = ({ median, least, most }: Spread, digits: number) =>
    `${median.toFixed(digits)} (${least.toFixed(digits)} to ${most.toFixed(digits)})`;
  const inLine = (what: string, { ms, ratio, parseMs }: Measured) =>
    [
      `    ${what.padEnd(10)}${`${range(ms, 0)} ms`.padStart(28)}`,
      ratio === undefined ? "" : `, ${range(ratio, 2)} x JSON.parse alone`,
      parseMs === undefined ? "" : `, which is ${range(parseMs, 0)} ms of it`,
    ].join("");
  return [
    `  ${mode}: ${spansPerSecond.toLocaleString("en")} spans/s, ${rssMiB.most.toFixed(0)} MiB`,
    inLine("processor", cpu),
    inLine("clock", clock),
  ].join("\n");
}
