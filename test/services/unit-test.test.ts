import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";

/** The unit test of a service that docs/checking-traces.md shows. */
const [, example = ""] =
  /^```ts\n(.*?)^```$/ms.exec(readFileSync(join(repoRoot, "docs", "checking-traces.md"), "utf8")) ?? [];

/** Runs it as a file of its own. */
function run(code: string) {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const args = ["--input-type=module-typescript", "--eval", code];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: repoRoot, encoding: "utf8", env });
  return { status, stdout };
}

test("the unit test of the document holds, and fails with the trace when the service makes no span", () => {
  assert.match(example, /InMemoryTraces/);
  const { status, stdout } = run(example);
  assert.equal(status, 0, stdout);
  assert.match(stdout, /a call of the kitchen is one trace/);
  const broken = run(example.replace("router: { interceptors: [createServerInterceptor()] }", `router: {}`));
  assert.equal(broken.status, 1, broken.stdout);
  assert.match(broken.stdout, /✘ kitchen-test SERVER/);
});
