import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import * as nodeModule from "node:module";
import { join } from "node:path";

const DayMs = 24 * 60 * 60_000;

/**
 * Lets this process and those that it starts keep what Node compiles, TypeScript without its types included, in the
 * lab's cache folder: a command that is run again starts in about half the time. An older Node knows no such cache and
 * goes on without. A folder that the user has named with NODE_COMPILE_CACHE stays; NODE_DISABLE_COMPILE_CACHE=1 turns it
 * off. See https://nodejs.org/docs/latest-v24.x/api/module.html#module-compile-cache
 *
 * @param {string} cache the lab's cache folder
 */
export function useCompileCache(cache) {
  process.env.NODE_COMPILE_CACHE ||= compiledFolder(cache);
  nodeModule.enableCompileCache?.(process.env.NODE_COMPILE_CACHE);
}

/**
 * Removes what was kept long ago: Node never does, and tests compile copies in folders that are gone. What is still
 * needed is compiled and kept anew.
 *
 * @param {string} cache the lab's cache folder
 * @param {number} [days] how old it is, in days
 */
export function removeOldCompiled(cache, days = 30) {
  const folder = compiledFolder(cache);
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const path = join(folder, name);
    // Another process may have replaced or removed it.
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isFile() && found.mtimeMs < Date.now() - days * DayMs) rmSync(path, { force: true });
  }
}

/** @param {string} cache */
function compiledFolder(cache) {
  return join(cache, "compiled");
}
