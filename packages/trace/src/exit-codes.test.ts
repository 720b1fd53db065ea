import assert from "node:assert/strict";
import { test } from "node:test";
import { exitCodes } from "@envoy-mesh-lab/bootstrap";
import { ExitCode } from "./exit-codes.ts";

test("the bootstrap and the lab agree on exit codes", () => {
  assert.deepEqual(exitCodes, {
    usage: ExitCode.usage,
    missingTools: ExitCode.toolsMissing,
    installFailed: ExitCode.installFailed,
  });
});
