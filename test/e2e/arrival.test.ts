import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { afterEach, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { partAction } from "@envoy-mesh-lab/mesh";
import { allWell } from "./faults.ts";

/** Makes a call and checks its trace a moment later, as a user does. */
async function callAndCheck(): Promise<{ code: number; words: string }> {
  const { traceId } = JSON.parse((await lab("call", "--json")).words) as { traceId: string };
  return lab("check", traceId);
}

function lab(...args: string[]): Promise<{ code: number; words: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, LAB_TRACE_TIMEOUT: "2000" };
    execFile(process.execPath, ["lab/bin.mjs", ...args], { cwd: repoRoot, env }, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), words: stdout || stderr });
    });
  });
}

afterEach(async () => {
  for (const part of ["tempo", "otel-collector"]) {
    await partAction("start", part);
  }
  await allWell();
});

test("without the Collector a trace does not arrive: lab check names who saw it last, and who holds it", async () => {
  await partAction("stop", "otel-collector");
  const { code, words } = await callAndCheck();
  assert.equal(code, 2, words);
  assert.match(words, /seen last in the logs of .*gateway/);
  assert.match(words, /the Collector does not answer/);
});

test("without Tempo lab check cannot look, and says so", async () => {
  await partAction("stop", "tempo");
  const { code, words } = await callAndCheck();
  assert.equal(code, 2, words);
  assert.match(words, /cannot reach Tempo/);
});
