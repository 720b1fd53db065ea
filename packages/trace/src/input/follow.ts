import type { FileHandle } from "node:fs/promises";
import { open, stat } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { Trace } from "../model.ts";
import { unreadable } from "./broken.ts";
import { InputReader } from "./input-reader.ts";
import type { ReadOptions } from "./read-options.ts";
import { Reading } from "./reading.ts";
import { unpackNow } from "./unpack.ts";

/** How a file is followed; times in milliseconds. */
export type FollowOptions = ReadOptions & {
  /** Ends the following; what was read until then is given. */
  signal: AbortSignal;
  /** A trace to which nothing was added for so long is taken as whole. */
  quietMs?: number;
  /** How long the file may take to appear. */
  appearMs?: number;
};

const pollMs = 100;
const chunkSize = 1 << 20;
/** How many traces are remembered as given, to tell when spans of them come late. */
const maxGiven = 100_000;

/**
 * Reads a file that grows, such as the Collector's file exporter writes, and gives each trace when nothing was added to
 * it for a while. A last line that is not complete yet is waited for. When the file is replaced (rotation) or becomes
 * shorter, the new one is read from its beginning.
 *
 * @throws {LabError} (exit code `usage`) when the file does not appear in time, or is no trace data.
 */
export async function* followFile(path: string, options: FollowOptions): AsyncGenerator<Trace> {
  const { signal, quietMs = 2000, appearMs = 10_000 } = options;
  const reading = new Reading({ ...options, unpack: unpackNow });
  const { groups } = reading;
  const touched = groups.trackTouched();
  const grownAt = new Map<string, number>();
  const given = new Set<string>();
  const give = function* (traceId: string): Generator<Trace> {
    if (given.has(traceId)) reading.note(traceId, "late-span");
    const trace = groups.take(traceId);
    grownAt.delete(traceId);
    if (given.size >= maxGiven) given.clear();
    given.add(traceId);
    if (trace !== undefined) yield trace;
  };
  let tail = await Tail.open(path, reading, options, signal, appearMs);
  try {
    while (tail !== undefined && !signal.aborted) {
      const grew = await tail.read();
      const now = performance.now();
      for (const id of touched) grownAt.set(id, now);
      touched.clear();
      for (const [id, at] of grownAt) {
        if (now - at >= quietMs) yield* give(id);
      }
      if (!grew) {
        if (await tail.isReplaced()) {
          await tail.close();
          tail = await Tail.open(path, reading, options, signal, appearMs);
          continue;
        }
        await delay(pollMs, undefined, { signal }).catch(() => {});
      }
    }
  } finally {
    await tail?.close();
  }
  for (const id of [...groups.ids()].sort()) yield* give(id);
  if (reading.problems.lost > 0) options.lost?.();
}

/** The end of a file that is open. */
class Tail {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #reader: InputReader;
  #position = 0;

  /** Opens the file, waiting for it to appear. Undefined when the signal came first. */
  static async open(
    path: string,
    reading: Reading,
    { format }: ReadOptions,
    signal: AbortSignal,
    appearMs: number,
  ): Promise<Tail | undefined> {
    const deadline = performance.now() + appearMs;
    while (!signal.aborted) {
      try {
        return new Tail(path, await open(path, "r"), new InputReader(path, reading, format));
      } catch (error) {
        const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
        if (!isMissing || performance.now() > deadline) {
          const waited = isMissing ? ` (waited ${appearMs / 1000} s for it)` : "";
          throw unreadable(path, error as Error, waited);
        }
      }
      await delay(pollMs, undefined, { signal }).catch(() => {});
    }
    return undefined;
  }

  // biome-ignore lint/style/useConsistentMemberAccessibility: only `open` makes one; `#` hides no constructor
  private constructor(path: string, handle: FileHandle, reader: InputReader) {
    this.#path = path;
    this.#handle = handle;
    this.#reader = reader;
  }

  /** Reads on, at most a chunk. False when nothing was added. */
  async read(): Promise<boolean> {
    const { buffer, bytesRead } = await this.#handle.read(
      Buffer.alloc(chunkSize),
      0,
      chunkSize,
      this.#position,
    );
    this.#position += bytesRead;
    if (bytesRead > 0) {
      this.#reader.feed(buffer.subarray(0, bytesRead));
    }
    return bytesRead > 0;
  }

  /** Whether another file has this path now, or this one became shorter. */
  async isReplaced(): Promise<boolean> {
    try {
      const [mine, there] = await Promise.all([this.#handle.stat(), stat(this.#path)]);
      return mine.ino !== there.ino || mine.size < this.#position;
    } catch (error) {
      // Renamed, and the new file is not there yet.
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return true;
      throw error;
    }
  }

  async close(): Promise<void> {
    try {
      this.#reader.end();
    } finally {
      await this.#handle.close();
    }
  }
}
