import type { Trace } from "../model.ts";
import { broken } from "./broken.ts";
import { concat } from "./bytes.ts";
import { InputReader } from "./input-reader.ts";
import { packingOf } from "./packing.ts";
import { tellProblems } from "./problems.ts";
import type { ReadOptions } from "./read-options.ts";
import { Reading } from "./reading.ts";

/** An input as a browser has it: of a file that was dropped, or of an answer. */
export interface StreamInput {
  /** What the user calls it. */
  readonly name: string;
  readonly bytes: ReadableStream<Uint8Array>;
}

/**
 * Reads all traces of some inputs, and gives them when all of it was read: the pieces of a trace may stand anywhere. gzip
 * is unpacked; Zstandard is read by `readInputs` of the door ./node only, as browsers cannot unpack it.
 *
 * @throws {LabError} (exit code `usage`) when an input is broken, or no span is in any of them.
 */
export async function* readStreams(
  inputs: readonly StreamInput[],
  options: ReadOptions,
): AsyncGenerator<Trace> {
  const reading = new Reading(options);
  for (const { name, bytes } of inputs) {
    const reader = new InputReader(name, reading, options.format);
    for await (const chunk of unpacked(name, chunksOf(name, bytes))) {
      reader.feed(chunk);
    }
    reader.end();
  }
  tellProblems(
    reading,
    inputs.map((it) => it.name),
  );
  if (reading.problems.lost > 0) options.lost?.();
  yield* reading.groups.takeAll();
}

async function* unpacked(name: string, chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Uint8Array = new Uint8Array(0);
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
    head = concat([head, next.value]);
    if (head.length >= 4) break;
  }
  const packing = packingOf(head);
  if (packing === "zstd") throw broken(name, "it is packed with Zstandard, which browsers cannot unpack");
  const all = prepend(head, chunks);
  yield* packing === "gzip" ? chunksOf(name, gunzipped(all)) : all;
}

function gunzipped(chunks: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  const packed = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const next = await chunks.next();
      if (next.done) controller.close();
      // A stream takes bytes of memory that is its own, which these are.
      else controller.enqueue(next.value as Uint8Array<ArrayBuffer>);
    },
  });
  return packed.pipeThrough(new DecompressionStream("gzip"));
}

async function* prepend(head: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  yield* rest;
}

/** Not all browsers can go through a stream with `for await`. */
async function* chunksOf(name: string, bytes: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = bytes.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      yield next.value;
    }
  } catch (error) {
    throw broken(name, (error as Error).message, error as Error);
  } finally {
    reader.releaseLock();
  }
}
