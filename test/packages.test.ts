import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";

const run = promisify(execFile);

for (const folder of globSync("packages/*", { cwd: repoRoot }).sort()) {
  // The examples of the one need an installed package, and are run there by its own tests; the other runs in browsers.
  if (["packages/otelconnect", "packages/page"].includes(folder)) continue;
  test(`the example of ${folder}/README.md prints what it says`, async () => {
    assert.ok(existsSync(join(repoRoot, folder, "README.md")), "a package has a README");
    const readme = readFileSync(join(repoRoot, folder, "README.md"), "utf8");
    const [, code, output] = /^```ts\n(.*?)^```\n\n```text\n(.*?)^```$/ms.exec(readme) ?? [];
    assert.ok(code !== undefined, "an example, and what it prints");
    const args = ["--input-type=module-typescript", "--eval", code];
    const { stdout } = await run(process.execPath, args, { cwd: repoRoot, timeout: 60_000 });
    assert.equal(stdout, output);
  });
}
