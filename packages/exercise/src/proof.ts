import { createHash, createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Exercise } from "./exercise.ts";
import { startFiles } from "./exercise-files.ts";
import { filesBelow } from "./files.ts";

/** What a grade was made of, as SHA-256 in hex: enough to see that two are the same, and nothing of what they hold. */
export interface GradeHashes {
  /** The exercise: all files of its folder that decide. */
  exercise: string;
  /** The learner's files. */
  files: string;
  /** The ids of the traces. */
  traces: string;
}

/** Hashes what an attempt was made of. */
export function hashesOf(exercise: Exercise, folder: string, traceIds: readonly string[]): GradeHashes {
  return {
    exercise: hashOfExercise(exercise),
    files: hashFiles(folder, startFiles(exercise)),
    traces: hashOfTraces(traceIds),
  };
}

/** The hash of what grades an exercise: what it says itself, what the mesh gets of it, and where it starts from. */
export function hashOfExercise({ folder }: Pick<Exercise, "folder">): string {
  const decides = (path: string) => !/^(README\.md$|solution\/|cheats\/|also-right\/)/.test(path);
  return hashFiles(folder, filesBelow(folder).filter(decides));
}

/** The hash of traces, whatever their order. */
export function hashOfTraces(traceIds: readonly string[]): string {
  return sha256(JSON.stringify([...new Set(traceIds)].sort()));
}

function hashFiles(folder: string, paths: readonly string[]): string {
  return sha256(JSON.stringify([...paths].sort().map((it) => [it, sha256(readFileSync(join(folder, it)))])));
}

function sha256(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

/**
 * The seal of a report: an HMAC-SHA-256 (RFC 2104) of what it says, with the class's nonce as its key. Who knows the nonce can
 * make a seal for anything, and every learner of the class knows it; so it finds what was changed by hand in a file, and reports of
 * another class, and proves nothing against who writes a program for it.
 */
export function sealOf(report: object, nonce: string): string {
  const { seal: _, ...said } = report as { seal?: unknown };
  return createHmac("sha256", nonce).update(canonical(said)).digest("hex");
}

/** JSON with its keys in order, so that the same report has the same text wherever it was read and written. */
function canonical(it: unknown): string {
  if (Array.isArray(it)) return `[${it.map(canonical).join()}]`;
  if (typeof it === "object" && it !== null) {
    const members = Object.entries(it)
      .filter(([, value]) => value !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => `${JSON.stringify(key)}:${canonical(value)}`);
    return `{${members.join()}}`;
  }
  return JSON.stringify(it);
}
