import { open } from "node:fs/promises";

const BLOCK = 64 * 1024;
const LINE_BREAK = 10;

function countBreaks(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_BREAK); at >= 0; at = bytes.indexOf(LINE_BREAK, at + 1)) {
    count += 1;
  }
  return count;
}

/** The last lines of a log, and where it ends (in bytes), for going on from there. No log has no lines. */
export async function tailLog(path: string, lines: number): Promise<{ text: string; end: number }> {
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
    let bytes = Buffer.alloc(0);
    // One more line break than lines: the one before the first line that is wanted.
    while (bytes.length < size && countBreaks(bytes) <= lines) {
      const length = Math.min(BLOCK, size - bytes.length);
      const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - bytes.length - length);
      bytes = Buffer.concat([buffer, bytes]);
    }
    const all = bytes.toString("utf8").replace(/\n$/, "").split("\n");
    const last = lines > 0 && size > 0 ? all.slice(-lines) : [];
    return { text: last.map((line) => `${line}\n`).join(""), end: size };
  } finally {
    await file.close();
  }
}

/** What was added to a log after `offset`. A log that was cut meanwhile is read from its beginning. */
export async function readLogFrom(path: string, offset: number): Promise<{ text: string; end: number }> {
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
    const start = size < offset ? 0 : offset;
    const { buffer } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
    return { text: buffer.toString("utf8"), end: size };
  } finally {
    await file.close();
  }
}
