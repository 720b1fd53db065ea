import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ExitCode } from "@envoy-mesh-lab/trace";
import { chooseRuntime } from "./choose.ts";

const nothing = { project: "p", inDocker: false, onKubernetes: false, isNative: false };

suite("the runtime of a mesh", () => {
  test("is native unless the user says otherwise, once", () => {
    assert.equal(chooseRuntime(nothing), "native");
    assert.equal(chooseRuntime({ ...nothing, variable: "" }), "native");
    assert.equal(chooseRuntime({ ...nothing, asked: "docker" }), "docker");
    assert.equal(chooseRuntime({ ...nothing, variable: "docker" }), "docker");
    assert.equal(chooseRuntime({ ...nothing, inDocker: true }), "docker");
  });

  test("is the one that runs it, whatever LAB_RUNTIME prefers", () => {
    assert.equal(chooseRuntime({ ...nothing, isNative: true, variable: "docker" }), "native");
    assert.equal(chooseRuntime({ ...nothing, inDocker: true, variable: "native" }), "docker");
  });

  test("is not changed under a mesh that runs", () => {
    assert.throws(() => chooseRuntime({ ...nothing, isNative: true, asked: "docker" }), {
      exitCode: ExitCode.usage,
      message: /p runs natively/,
    });
    assert.throws(() => chooseRuntime({ ...nothing, inDocker: true, asked: "native" }), /in Docker/);
    assert.equal(chooseRuntime({ ...nothing, inDocker: true, asked: "docker" }), "docker");
  });

  test("has a name that is known", () => {
    assert.throws(() => chooseRuntime({ ...nothing, variable: "podman" }), {
      exitCode: ExitCode.usage,
      message: /LAB_RUNTIME is "podman"/,
    });
  });
});
