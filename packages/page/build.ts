import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { cacheDir, repoRoot, withLock } from "@envoy-mesh-lab/bootstrap";

/** The page as browsers are to get it. */
export interface BuiltPage {
  /** The folder with index.html and what it loads. */
  readonly folder: string;
  /** How long building took, in milliseconds; undefined when it was built already. */
  readonly tookMs?: number;
}

const dist = join(import.meta.dirname, "dist");
const stampFile = "built-from";

/** Everything that the page is made of, and what makes it. */
const sources = [
  "package-lock.json",
  "packages/page/{index.html,build.ts,vite.config.ts,tsconfig.json}",
  "packages/{page,trace,check,compare,otelconnect}/src/**/*.{ts,tsx,css}",
  "proto/gen/**/*.ts",
];

/**
 * Makes sure that the page is built from its sources as they are now, which is the first time, and after a change. An installation
 * without sources, as in a container, has it built.
 *
 * @throws {Error} in Vite's own words when it cannot be built.
 */
export async function buildPage(): Promise<BuiltPage> {
  const stamp = join(dist, stampFile);
  if (!existsSync(join(import.meta.dirname, "src"))) return { folder: dist };
  const isBuilt = () => existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;
  const wanted = digestOfSources();
  if (isBuilt()) return { folder: dist };
  const name = createHash("sha256").update(repoRoot).digest("hex").slice(0, 12);
  return withLock(
    join(cacheDir(), "locks", `page-${name}.lock`),
    `build the page of ${repoRoot}`,
    async () => {
      if (isBuilt()) return { folder: dist };
      const startedAt = performance.now();
      const draft = `${dist}-${process.pid}`;
      // In a process of its own: Vite takes some 400 MB, which a server that goes on would keep.
      const vite = join(dirname(fileURLToPath(import.meta.resolve("vite/package.json"))), "bin", "vite.js");
      const options = ["--config", join(import.meta.dirname, "vite.config.ts"), "--outDir", draft];
      await promisify(execFile)(process.execPath, [vite, "build", import.meta.dirname, ...options]);
      writeFileSync(join(draft, stampFile), wanted);
      rmSync(dist, { recursive: true, force: true });
      renameSync(draft, dist);
      return { folder: dist, tookMs: performance.now() - startedAt };
    },
  );
}

function digestOfSources(): string {
  const hash = createHash("sha256");
  const files = globSync(sources, { cwd: repoRoot }).filter((it) => !/\.test\.tsx?$/.test(it));
  for (const file of files.sort()) {
    hash.update(`${file}\n`).update(readFileSync(join(repoRoot, file)));
  }
  return hash.digest("hex");
}
