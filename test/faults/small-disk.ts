import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, statfsSync } from "node:fs";
import { resolve } from "node:path";

/** Why there can be no disk of its own for a part here; undefined when there can. */
export function whyNoDisk(): string | undefined {
  if (process.platform !== "linux") return "a disk that can be filled needs Linux";
  if (process.getuid?.() !== 0) return "a disk that can be filled is a tmpfs, which only root can mount";
  return undefined;
}

/** A file system of its own for a part, which can be made as small as what is on it. */
export class SmallDisk {
  readonly folder: string;
  readonly #bytes: number;

  // biome-ignore lint/style/useConsistentMemberAccessibility: only `mount` makes one; `#` hides no constructor
  private constructor(folder: string, bytes: number) {
    this.folder = folder;
    this.#bytes = bytes;
  }

  /**
   * Mounts a tmpfs of this many bytes at a folder, instead of what an earlier run may have left there. It takes memory for
   * what is on it only.
   *
   * @throws {Error} when it cannot be mounted.
   */
  static mount(folder: string, bytes: number): SmallDisk {
    mkdirSync(folder, { recursive: true });
    unmountDisk(folder);
    mount(folder, `size=${bytes},mode=0700`);
    return new SmallDisk(folder, bytes);
  }

  /** Leaves no room, also none that was made since the last time. */
  fill(): void {
    for (let triesLeft = 5; ; triesLeft--) {
      const { blocks, bfree, bsize } = statfsSync(this.folder);
      try {
        mount(this.folder, `remount,size=${Math.max(1, blocks - bfree) * bsize}`);
        return;
      } catch (error) {
        // Refused as too small when something was written in between.
        if (triesLeft === 0) throw error;
      }
    }
  }

  /** Gives the room back. */
  clear(): void {
    mount(this.folder, `remount,size=${this.#bytes}`);
  }
}

/** Unmounts what a folder carries, also while somebody still uses it; nothing where nothing is mounted. */
export function unmountDisk(folder: string): void {
  if (process.platform !== "linux") return;
  const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n");
  if (mounts.some((line) => line.split(" ")[1] === resolve(folder))) {
    execFileSync("umount", ["--lazy", folder]);
  }
}

function mount(folder: string, options: string): void {
  execFileSync("mount", ["-t", "tmpfs", "-o", options, "envoy-mesh-lab", folder]);
}
