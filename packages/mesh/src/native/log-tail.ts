import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";

const block = 64 * 1024;
const lineBreak = 10;

function countBreaks(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(lineBreak); at >= 0; at = bytes.indexOf(lineBreak, at + 1)) {
    count += 1;
  }
  return count;
}

/** A part of a log, and where the log ends (in bytes), for going on from there. */
interface LogPart {
  text: string;
  end: number;
}

/** Reads from a log, given its size. No log has no lines. */
async function readLog(
  path: string,
  read: (file: FileHandle, size: number) => Promise<string>,
): Promise<LogPart> {
  const file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") {
      return undefined;
    }
    throw error;
  });
  if (!file) {
    return { text: "", end: 0 };
  }
  try {
    const { size } = await file.stat();
    return { text: await read(file, size), end: size };
  } finally {
    await file.close();
  }
}

/** The last lines of a log. */
export function tailLog(path: string, lines: number): Promise<LogPart> {
  return readLog(path, async (file, size) => {
    let bytes = Buffer.alloc(0);
    // One more line break than lines: the one before the first line that is wanted.
    while (bytes.length < size && countBreaks(bytes) <= lines) {
      const length = Math.min(block, size - bytes.length);
      const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - bytes.length - length);
      bytes = Buffer.concat([buffer, bytes]);
    }
    const all = bytes.toString("utf8").replace(/\n$/, "").split("\n");
    const last = lines > 0 && size > 0 ? all.slice(-lines) : [];
    return last.map((line) => `${line}\n`).join("");
  });
}

/**
 * What was added to a log after `offset`. A log that was cut meanwhile is read from its beginning.
 *
 * @param mostBytes how much of it is read, from its end. Default: all.
 */
export async function readLogFrom(
  path: string,
  offset: number,
  mostBytes = Number.POSITIVE_INFINITY,
): Promise<LogPart & { skipped: number }> {
  let skipped = 0;
  const part = await readLog(path, async (file, size) => {
    const from = size < offset ? 0 : offset;
    const start = Math.max(from, size - mostBytes);
    skipped = start - from;
    const { buffer } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
    return buffer.toString("utf8");
  });
  return { ...part, skipped };
}
