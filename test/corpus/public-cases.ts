import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { LabError } from "@envoy-mesh-lab/trace";
import type { CorpusCase } from "./corpus-case.ts";
import { readInput } from "./corpus-case.ts";
import type { Truth } from "./truth.ts";
import { readTruth } from "./truth.ts";

const listed = join(repoRoot, "samples", "public");

/** A public file that is not kept here: where it is to be had, and what is true of it. */
export interface PublicFile {
  readonly name: string;
  readonly truth: Truth & { source: NonNullable<Truth["source"]> };
}

/** The list of public files, in the order of their names. */
export function readPublicFiles(): PublicFile[] {
  return readdirSync(listed)
    .filter((it) => it.endsWith(".yaml"))
    .sort()
    .map((file) => {
      const truth = readTruth(join(listed, file));
      const { source } = truth;
      if (source === undefined) {
        throw new LabError(`${join(listed, file)} does not say where its file is to be had`, {
          hint: "docs/corpus.md says what `source` is",
        });
      }
      return { name: basename(file, ".yaml"), truth: { ...truth, source } };
    });
}

/**
 * Reads those public files that a folder has, whatever they are called there: they are known by their hash.
 *
 * @returns the cases, and of the other files where each is to be had.
 */
export function readPublicCases(folder: string): { cases: CorpusCase[]; missing: string[] } {
  const byHash = new Map(
    filesOf(folder).map((it) => [createHash("sha256").update(readFileSync(it)).digest("hex"), it]),
  );
  const cases: CorpusCase[] = [];
  const missing: string[] = [];
  for (const { name, truth } of readPublicFiles()) {
    const { repository, commit, path, sha256 } = truth.source;
    const file = byHash.get(sha256);
    if (file === undefined) missing.push(`${name}: ${path} of ${repository} at ${commit}`);
    else cases.push(readInput(name, truth, file));
  }
  return { cases, missing };
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((it) => it.isFile())
      .map((it) => join(it.parentPath, it.name));
  } catch (error) {
    throw new LabError(`--public: cannot read the folder ${folder}: ${(error as Error).message}`, {
      hint: "put the files of samples/public into a folder; docs/corpus.md says where they are to be had",
    });
  }
}
