import { createReadStream, readFileSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { LabError } from "../lab-error.ts";
import type { Trace } from "../model.ts";
import { unreadable } from "./broken.ts";
import type { Format } from "./format.ts";
import { InputReader } from "./input-reader.ts";
import { tellProblems } from "./problems.ts";
import type { ReadOptions } from "./read-options.ts";
import { Reading } from "./reading.ts";
import { unpacked, unpackNow } from "./unpack.ts";

/** How much of a file is read at a time, in bytes. */
const chunkSize = 1 << 20;

/**
 * Reads all traces of files, folders and standard input ("-"), and gives them when all of it was read: the pieces of a
 * trace may stand anywhere.
 *
 * @throws {LabError} (exit code `usage`) when a path does not exist, an input that was named is broken, or
 * no span is in any of them. A broken file of a folder is left out, and told.
 */
export async function* readInputs(paths: readonly string[], options: ReadOptions): AsyncGenerator<Trace> {
  const reading = new Reading({ ...options, unpack: unpackNow });
  const inputs = (await Promise.all(paths.map(expand))).flat();
  let leftOut: LabError | undefined;
  for (const { name, ofFolder } of inputs) {
    try {
      await readInput(name, reading, options.format);
    } catch (error) {
      // A folder may hold other files, too; one that was named must be right.
      if (!ofFolder || !(error instanceof LabError)) throw error;
      reading.notice(`left out: ${error.message}`);
      leftOut ??= error;
    }
  }
  if (leftOut !== undefined && reading.groups.spanCount === 0) {
    throw leftOut;
  }
  // A folder without files is named itself.
  tellProblems(reading, inputs.length > 0 ? inputs.map((it) => nameOf(it.name)) : paths);
  if (reading.problems.lost > 0) options.lost?.();
  yield* reading.groups.takeAll();
}

/** What the user calls an input. */
function nameOf(path: string): string {
  return path === "-" ? "standard input" : path;
}

async function readInput(name: string, reading: Reading, format: Format | undefined): Promise<void> {
  const reader = new InputReader(nameOf(name), reading, format);
  for await (const chunk of chunksOf(name)) {
    reader.feed(chunk);
  }
  reader.end();
}

/** Like readInputs, for one file and at once. */
export function readFileNow(file: string, options: ReadOptions): Trace[] {
  const reading = new Reading({ ...options, unpack: unpackNow });
  const reader = new InputReader(file, reading, options.format);
  let bytes: Uint8Array;
  try {
    bytes = unpackNow(readFileSync(file));
  } catch (error) {
    throw unreadable(file, error as Error);
  }
  reader.feed(bytes);
  reader.end();
  tellProblems(reading, [file]);
  return [...reading.groups.takeAll()];
}

/** The files of a folder, in the order of their names; anything else as it is. */
async function expand(path: string): Promise<{ name: string; ofFolder: boolean }[]> {
  if (path === "-") {
    return [{ name: path, ofFolder: false }];
  }
  try {
    if (!(await stat(path)).isDirectory()) {
      return [{ name: path, ofFolder: false }];
    }
    const entries = await readdir(path, { withFileTypes: true, recursive: true });
    return entries
      .filter((it) => it.isFile() && !it.name.startsWith("."))
      .map((it) => join(it.parentPath, it.name))
      .sort()
      .map((name) => ({ name, ofFolder: true }));
  } catch (error) {
    throw unreadable(path, error as Error);
  }
}

/** How much of a file is read at a time: no more than it has, as memory for it is made anew each time. */
async function chunkFor(file: string): Promise<number> {
  try {
    const { size } = await stat(file);
    // A pipe has no size, and a file may grow.
    return size === 0 ? chunkSize : Math.min(size + 1, chunkSize);
  } catch {
    // Whoever opens it says what is wrong with it.
    return chunkSize;
  }
}

async function* chunksOf(name: string): AsyncGenerator<Buffer> {
  const stream =
    name === "-" ? process.stdin : createReadStream(name, { highWaterMark: await chunkFor(name) });
  try {
    yield* unpacked(stream);
  } catch (error) {
    throw unreadable(nameOf(name), error as Error);
  }
}
