import { existsSync } from "node:fs";
import { join } from "node:path";
import { repoRoot } from "./paths.mjs";

/**
 * Takes the settings of the `.env` file beside compose.yaml into this process's environment, so that the lab's own
 * settings may stand there too, next to those that compose-go reads from it. The shell's own settings go before it.
 *
 * A Node before 20.12 cannot; there the file counts once Node 24 runs, that is for all but the cache's place.
 *
 * @param {string} [root] where the file is
 */
export function loadEnvFile(root = repoRoot) {
  const file = join(root, ".env");
  if (existsSync(file)) process.loadEnvFile?.(file);
}
