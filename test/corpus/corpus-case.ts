import { readdirSync } from "node:fs";
import { join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import type { Trace } from "@envoy-mesh-lab/trace";
import { LabError } from "@envoy-mesh-lab/trace";
import { readFileNow } from "@envoy-mesh-lab/trace/node";
import type { Truth } from "./truth.ts";
import { readTruth } from "./truth.ts";

/** One folder of the corpus. */
export interface CorpusCase {
  readonly name: string;
  readonly truth: Truth;
  readonly traces: readonly Trace[];
  /** Why the input could not be read. */
  readonly refusal?: string;
}

/** Reads every case, in the order of their names. */
export function readCases(folder = join(repoRoot, "samples", "corpus")): CorpusCase[] {
  const names = readdirSync(folder, { withFileTypes: true }).filter((it) => it.isDirectory());
  return names.map((it) => readCase(folder, it.name)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function readCase(folder: string, name: string): CorpusCase {
  const files = readdirSync(join(folder, name));
  const wrong = (what: string) =>
    new LabError(`${join(folder, name)} is no case: ${what}`, {
      hint: "docs/corpus.md says what a case is",
    });
  for (const it of ["truth.yaml", "README.md"]) if (!files.includes(it)) throw wrong(`it has no ${it}`);
  const truth = readTruth(join(folder, name, "truth.yaml"));
  const [file, ...others] = [
    ...files.filter((it) => it.startsWith("trace.")).map((it) => join(folder, name, it)),
    ...(truth.trace === undefined ? [] : [join(repoRoot, truth.trace)]),
  ];
  if (file === undefined || others.length > 0) throw wrong("it needs one trace, its own or another's");
  return readInput(name, truth, file);
}

/** Reads the trace of a case. */
export function readInput(name: string, truth: Truth, file: string): CorpusCase {
  try {
    // What a reader notes about an input as a whole is also in its traces' quirks, or in the refusal.
    return { name, truth, traces: readFileNow(file, { notice: () => {} }) };
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return { name, truth, traces: [], refusal: error.message };
  }
}
