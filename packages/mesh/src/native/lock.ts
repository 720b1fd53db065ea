import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { identify, isAlive } from "./processes.ts";

const holderSchema = z.object({
  id: z.string(),
  pid: z.number(),
  startTime: z.string(),
  command: z.string(),
});

/** The command that holds a mesh's lock. */
export type LockHolder = z.infer<typeof holderSchema>;

/** Keeps two commands from changing one mesh at the same time. */
export interface MeshLock {
  /** False when another command took the lock away, as `lab down` does. */
  isHeld(): Promise<boolean>;
  release(): Promise<void>;
}

const POLL_MS = 100;

async function readHolder(path: string): Promise<LockHolder | undefined> {
  try {
    return holderSchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}

async function place(path: string, content: string): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(draft, content);
    // Unlike a write, a link either makes the whole file or says that there is one.
    await link(draft, path);
    return true;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    // ENOENT: who held the lock removed the folder with it just now.
    if (code === "EEXIST" || code === "ENOENT") {
      return false;
    }
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Takes away the lock that `holder` has; another one that came in between is put back. */
async function evict(path: string, holder: LockHolder): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return;
    }
    throw error;
  }
  if ((await readHolder(aside))?.id !== holder.id) {
    await place(path, await readFile(aside, "utf8"));
  }
  await rm(aside, { force: true });
}

/**
 * Takes the lock of a mesh. A lock whose holder has ended is void. While another command holds it, `onBusy` is told
 * once and the call waits; with `force` the lock is taken away from that command instead, which gives up by itself.
 */
export async function takeLock(
  path: string,
  command: string,
  options: { force?: boolean; signal?: AbortSignal | undefined; onBusy?: (holder: LockHolder) => void } = {},
): Promise<MeshLock> {
  const self = identify(process.pid);
  if (!self) {
    throw new Error(`This process (${process.pid}) is not in the list of processes.`);
  }
  const id = randomUUID();
  const content = JSON.stringify({ id, command, ...self });
  let told = false;
  while (!(await place(path, content))) {
    options.signal?.throwIfAborted();
    const holder = await readHolder(path);
    if (holder && (options.force || !isAlive(holder))) {
      await evict(path, holder);
    } else if (holder) {
      if (!told) {
        told = true;
        options.onBusy?.(holder);
      }
      await delay(POLL_MS);
    }
  }
  const isHeld = async () => (await readHolder(path))?.id === id;
  return {
    isHeld,
    release: async () => {
      if (await isHeld()) {
        await rm(path, { force: true });
      }
    },
  };
}
