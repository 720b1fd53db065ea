import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Pin } from "./pins.ts";
import { pinHash } from "./pins.ts";

/** Written last into a cache entry: an entry without it, or that differs from it, is not used. */
interface Stamp {
  readonly program: string;
  readonly version: string;
  /** Size of the binary in bytes. Cheap to compare, and it catches a binary that was cut short. */
  readonly size: number;
}

const stampFile = "stamp.json";

/** The folder of all installed programs. */
export function storeDir(cache: string): string {
  return join(cache, "programs");
}

/** The folder of one program, named after what it is made from, so that a changed pin never meets an old binary. */
export function entryDir(cache: string, pin: Pin): string {
  return join(storeDir(cache), pin.name, `${process.platform}-${process.arch}-${pinHash(pin)}`);
}

/** The path of the cached program, or undefined when it is not there whole. */
export async function cachedProgram(cache: string, pin: Pin): Promise<string | undefined> {
  const dir = entryDir(cache, pin);
  const binary = join(dir, pin.name);
  try {
    const stamp = JSON.parse(await readFile(join(dir, stampFile), "utf8")) as Stamp;
    const { size, mode } = await stat(binary);
    return stamp.program === pin.name && stamp.size === size && (mode & 0o111) !== 0 ? binary : undefined;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR" || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * Puts a finished binary into the cache: stamped beside its final place, then renamed there in one step.
 *
 * @param binary a file in a folder of its own on the same disk; that folder becomes the entry
 * @returns the binary's path in the cache
 */
export async function store(cache: string, pin: Pin, binary: string): Promise<string> {
  const draft = dirname(binary);
  const stamp: Stamp = { program: pin.name, version: pin.version, size: (await stat(binary)).size };
  await writeFile(join(draft, stampFile), `${JSON.stringify(stamp)}\n`);
  const dir = entryDir(cache, pin);
  await mkdir(dirname(dir), { recursive: true });
  // What is there is broken, or it would have been used. Only the holder of the install lock gets here.
  await rm(dir, { recursive: true, force: true });
  await rename(draft, dir);
  return join(dir, pin.name);
}
