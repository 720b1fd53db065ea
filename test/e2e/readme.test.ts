import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { edgeUrl } from "./mesh.ts";

// Follows the README: every call that it shows, in the order in which it shows them, as they stand there.
const run = promisify(execFile);
const readme = readFileSync(join(repoRoot, "README.md"), "utf8");
const commands = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)]
  .flatMap(([, block]) => String(block).replaceAll("\\\n", " ").split("\n"))
  .map((line) => line.replace(/\s+#.*$/, "").trim())
  .filter((line) => /^(npm run lab -- |curl )/.test(line));

test("the README shows calls, checks and curl", () => {
  for (const word of ["-- call", "-- check", "curl -i"]) {
    assert.ok(
      commands.some((it) => it.includes(word)),
      word,
    );
  }
});

// The README begins with npm start, whose request this stands for: the mesh of the tests is up already.
for (const command of ["npm run lab -- call", ...commands]) {
  test(command, async () => {
    const line = command.replaceAll("http://127.0.0.1:8080", edgeUrl);
    const { code, output } = await run("bash", ["-c", line], { cwd: repoRoot }).then(
      ({ stdout }) => ({ code: 0, output: stdout }),
      (error) => ({ code: error.code as number, output: `${error.stdout}${error.stderr}` }),
    );
    assert.equal(code, command.includes("--fail") ? 11 : 0, output);
    if (command.startsWith("curl")) {
      assert.match(output, /^HTTP\/1\.1 200 OK/);
      assert.match(output, /x-trace-id: [0-9a-f]{32}/);
    }
  });
}
