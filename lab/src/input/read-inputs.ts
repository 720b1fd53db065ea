import { createReadStream, readFileSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline, Readable } from "node:stream";
import { createGunzip, gunzipSync } from "node:zlib";
import type { Trace } from "../trace/model.ts";
import { broken, InputReader } from "./input-reader.ts";
import { JsonDocumentReader } from "./json-document.ts";
import { type Keep, type Notice, Reading } from "./reading.ts";

/** How files are read. */
export type ReadOptions = {
  /** The attribute keys to keep; all when undefined. */
  keep?: Keep;
  /** Takes what is to be told about an input as a whole. */
  notice: Notice;
};

/** How much of a file is read at a time, in bytes. */
const chunkSize = 1 << 20;

/**
 * Reads all traces of files, folders and standard input ("-"), and gives them when all of it was read: the pieces of a
 * trace may stand anywhere.
 *
 * @throws {LabError} (exit code `usage`) when a path does not exist, an input is broken, or no span is in any of them.
 */
export async function* readInputs(paths: readonly string[], options: ReadOptions): AsyncGenerator<Trace> {
  const reading = new Reading(options);
  const inputs = (await Promise.all(paths.map(expand))).flat();
  for (const name of inputs) {
    const reader = new InputReader(name === "-" ? "standard input" : name, reading);
    for await (const chunk of chunksOf(name)) {
      reader.feed(chunk);
    }
    reader.end();
  }
  tellProblems(reading, inputs);
  yield* reading.groups.takeAll();
}

/** Like readInputs, for one file and at once. */
export function readFileNow(file: string, options: ReadOptions): Trace[] {
  const reading = new Reading(options);
  const reader = new InputReader(file, reading);
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw broken(file, (error as Error).message, error as Error);
  }
  reader.feed(isGzip(bytes) ? gunzipSync(bytes) : bytes);
  reader.end();
  tellProblems(reading, [file]);
  return [...reading.groups.takeAll()];
}

/**
 * Reads a JSON document that is at hand, an answer of Tempo for example.
 *
 * @param name what to call it in errors.
 */
export function readDocument(document: unknown, name: string): Trace[] {
  const reading = new Reading({ notice: (text) => console.error(`lab: ${text}`) });
  reading.place = name;
  new JsonDocumentReader(reading).read(document);
  tellProblems(reading, [name]);
  return [...reading.groups.takeAll()];
}

function tellProblems(reading: Reading, inputs: readonly string[]): void {
  const { count, first } = reading.problems;
  if (reading.groups.spanCount === 0) {
    throw broken(inputs.join(", "), count > 0 ? first : "it holds no span");
  }
  if (count > 0) {
    reading.notice(`${count === 1 ? "one thing" : `${count} things`} could not be read; the first: ${first}`);
  }
}

/** The files of a folder, in the order of their names; anything else as it is. */
async function expand(path: string): Promise<string[]> {
  if (path === "-") {
    return [path];
  }
  try {
    if (!(await stat(path)).isDirectory()) {
      return [path];
    }
    const entries = await readdir(path, { withFileTypes: true, recursive: true });
    return entries
      .filter((it) => it.isFile() && !it.name.startsWith("."))
      .map((it) => join(it.parentPath, it.name))
      .sort();
  } catch (error) {
    throw broken(path, (error as Error).message, error as Error);
  }
}

async function* chunksOf(name: string): AsyncGenerator<Buffer> {
  const stream = name === "-" ? process.stdin : createReadStream(name, { highWaterMark: chunkSize });
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  try {
    const first = await chunks.next();
    if (first.done) {
      return;
    }
    const all = prepend(first.value, chunks);
    yield* isGzip(first.value) ? gunzipped(all) : all;
  } catch (error) {
    throw broken(name, (error as Error).message, error as Error);
  }
}

async function* prepend(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  for (let next = await rest.next(); !next.done; next = await rest.next()) {
    yield next.value;
  }
}

function gunzipped(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const gunzip = createGunzip({ chunkSize });
  // pipeline, unlike pipe, hands an error of the file on to who reads what was unpacked.
  pipeline(Readable.from(chunks, { objectMode: false }), gunzip, () => {});
  return gunzip;
}

function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}
