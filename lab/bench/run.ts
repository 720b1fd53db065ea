import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Generated, generate } from "./generate.ts";
import { modes } from "./modes.ts";

// Measures reading beside JSON.parse on the same bytes, over growing files and one of a gigabyte, in processor time.
// Files are made in a temporary folder and removed. Each measurement is a process of its own; best of `--runs`.
const { values: options } = parseArgs({
  options: {
    spans: { type: "string", default: "10000,100000,1000000" },
    gigabyte: { type: "boolean", default: false },
    modes: { type: "string", default: Object.keys(modes).join(";") },
    runs: { type: "string", default: "2" },
  },
});
const wanted = options.modes.split(";");
const runs = Number(options.runs);
const folder = mkdtempSync(join(tmpdir(), "lab-bench-"));
try {
  for (const count of options.spans.split(",").filter(Boolean).map(Number)) {
    measure(`${count} spans`, (size) => size.spans >= count);
  }
  if (options.gigabyte) {
    measure("1 GB", (size) => size.bytes >= 1e9);
  }
} finally {
  rmSync(folder, { recursive: true });
}

type Figures = { spans: number; ms: number; rssMiB: number; parseMs?: number };

function measure(title: string, enough: (size: Generated) => boolean): void {
  const file = join(folder, "traces.jsonl");
  const size = generate(file, enough);
  console.log(`\n${title}: ${size.spans} spans, ${(size.bytes / 1e6).toFixed(0)} MB of OTLP JSON lines`);
  // Taken in turn, so that what else the machine does meets all alike.
  const taken = new Map<string, Figures[]>(wanted.map((mode) => [mode, []]));
  for (let i = 0; i < runs; i++) {
    for (const mode of wanted) {
      const worker = new URL("worker.ts", import.meta.url).pathname;
      const output = execFileSync(process.execPath, [worker, mode, file], { encoding: "utf8" });
      taken.get(mode)?.push(JSON.parse(output) as Figures);
    }
  }
  const floor = Math.min(...(taken.get("JSON.parse") ?? []).map((it) => it.parseMs ?? Number.NaN));
  for (const [mode, figures] of taken) {
    const best = figures.reduce((a, b) => (a.ms < b.ms ? a : b));
    if (best.spans !== size.spans) {
      throw new Error(`${mode} saw ${best.spans} of ${size.spans} spans`);
    }
    const ratio = Number.isFinite(floor) ? `${(best.ms / floor).toFixed(2)} x JSON.parse alone` : "";
    const rate = Math.round(best.spans / (best.ms / 1000)).toLocaleString("en");
    const alone = best.parseMs === undefined ? "" : ` (${best.parseMs.toFixed(0)} ms of it JSON.parse alone)`;
    console.log(
      `  ${mode.padEnd(22)} ${best.ms.toFixed(0).padStart(7)} ms  ${rate.padStart(9)} spans/s  ${best.rssMiB.toFixed(0).padStart(5)} MiB  ${ratio}${alone}`,
    );
  }
}
