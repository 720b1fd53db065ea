import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ExitCode } from "@envoy-mesh-lab/trace";
import { isAtLeast, judgeDocker } from "./requirements.ts";

const said = (stdout: string) => ({ code: 0, stdout: `${stdout}\n`, stderr: "" });
const failed = (stderr: string) => ({ code: 1, stdout: "\n", stderr });

suite("what Docker has to be", () => {
  test("compares versions by number", () => {
    assert.ok(isAtLeast("2.24.4", [2, 24, 4]));
    assert.ok(isAtLeast("v2.40.3-desktop.1", [2, 24, 4]));
    assert.ok(isAtLeast("5.0.0", [2, 24, 4]));
    assert.ok(!isAtLeast("2.24.3", [2, 24, 4]));
    assert.ok(!isAtLeast("2.9.10", [2, 24, 4]));
    assert.ok(isAtLeast("dev", [2, 24, 4]));
  });

  test("knows whether the engine has start_interval", () => {
    assert.deepEqual(judgeDocker(said("1.44"), said("2.40.3")), { hasStartInterval: true });
    assert.deepEqual(judgeDocker(said("1.41"), said("2.40.3")), { hasStartInterval: false });
  });

  test("says what is missing and what to do", () => {
    const daemon = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is it running?";
    const check =
      (error: RegExp, hint: RegExp) => (it: { exitCode: number; message: string; hint: string }) =>
        it.exitCode === ExitCode.toolsMissing && error.test(it.message) && hint.test(it.hint);
    assert.throws(
      () => judgeDocker(failed(daemon), said("2.40.3")),
      check(/does not answer:\nCannot connect/, /systemctl start docker/),
    );
    assert.throws(
      () => judgeDocker(failed("permission denied while trying to connect"), said("2.40.3")),
      check(/permission denied/, /group docker/),
    );
    assert.throws(
      () => judgeDocker(said("1.44"), failed("docker: 'compose' is not a docker command.")),
      check(/no compose plugin/, /docker-compose-plugin/),
    );
    assert.throws(
      () => judgeDocker(said("1.44"), said("2.20.2")),
      check(/is 2\.20\.2, and has to be 2\.24\.4 or newer/, /update/),
    );
  });
});
