import { resolve } from "node:path";
import { suite } from "node:test";
import { pathToFileURL } from "node:url";

/*
 * Runs test files that leave their process as it is in this one, each in a suite of its own name: to start a process
 * takes longer than most of them. The runner names them, with a line each.
 */
for (const file of (process.env.LAB_TEST_FILES ?? "").split("\n").filter(Boolean)) {
  suite(file, async () => {
    await import(pathToFileURL(resolve(file)).href);
  });
}
