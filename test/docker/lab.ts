import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import type { MeshInDocker } from "./mesh-in-docker.ts";

/** Exercises of different kinds: a service's source, an edge and a service, access logs and a sidecar's limits. */
const exercises = ["2", "13", "16"];

/** Tests that `lab` works on a mesh in Docker as it does on a native one. Nothing of the mesh runs before or after. */
export function testLab({ docker, labEnv: env, project }: MeshInDocker): void {
  const mine = ["--filter", `label=com.docker.compose.project=${project}`];
  const lab = (...args: string[]) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      execFile(
        process.execPath,
        ["lab/main.ts", ...args],
        { cwd: repoRoot, env },
        (error, stdout, stderr) => {
          resolve({ code: Number(error?.code ?? 0), stdout, stderr });
        },
      );
    });
  const succeed = async (...args: string[]) => {
    const { code, stdout, stderr } = await lab(...args);
    assert.equal(code, 0, `lab ${args.join(" ")}\n${stdout}${stderr}`);
    return stdout;
  };

  suite("lab up --docker", () => {
    test("brings the mesh up, and changes nothing the second time, when it finds it by itself", async () => {
      assert.match(await succeed("up", "--docker"), / is up: backend, .*tempo-proxy\./);
      assert.match(await succeed("up"), /was up already; nothing changed/);
      const { parts } = JSON.parse(await succeed("status", "--json"));
      const state = (name: string) => parts.find((it: { name: string }) => it.name === name)?.state;
      assert.deepEqual([state("edge"), state("gateway"), state("tempo")], ["healthy", "healthy", "running"]);
      assert.match(
        await succeed("status"),
        new RegExp(`^edge .*127\\.0\\.0\\.1:20080 .*${project}-edge-1$`, "m"),
      );
    });

    test("lab call, trace, check, logs and load find it", async () => {
      const { traceId } = JSON.parse(await succeed("call", "--json"));
      assert.match(await succeed("trace"), new RegExp(`trace ${traceId}: 11 spans`));
      assert.deepEqual(JSON.parse(await succeed("check", traceId, "--json")).findings, []);
      assert.match(await succeed("logs", "gateway", "-n", "100"), new RegExp(`"trace_id":"${traceId}"`));
      assert.match(await succeed("compare", traceId), /● app +backend/);
      // Past the edge, to a port that compose.yaml itself does not publish.
      assert.match(await succeed("load", "-n", "5", "--via", "direct"), /5 ok, 0 failed/);
    });

    test("a trace that is not there is explained from the logs and counters of the containers", async () => {
      await succeed("stop", "otel-collector");
      const { traceId } = JSON.parse(await succeed("call", "--json"));
      const { code, stderr } = await lab("trace", traceId);
      assert.match(await succeed("up", "otel-collector"), /started: otel-collector/);
      assert.equal(code, 10);
      assert.match(stderr, /seen last in the logs of .*edge.*gateway-proxy; the Collector does not answer/);
      assert.match(stderr, /gateway has [1-9]\d* spans waiting/);
    });

    test("a part that is killed is told, and is whole again after lab up", async () => {
      await succeed("kill", "backend");
      const { code, stdout } = await lab("status");
      assert.equal(code, 1);
      assert.match(stdout, /^backend +stopped/m);
      assert.match(await succeed("up", "backend"), /started: backend/);
      await succeed("status");
    });

    for (const number of exercises) {
      test(`exercise ${number}, from its start to its solution`, async () => {
        const isInDocker = async () => (await succeed("status")).includes(`${project}-edge-1`);
        assert.ok(await isInDocker(), "the mesh is in Docker");
        // Parts of the solution, cheats and other solutions are proved natively: they say nothing of Docker.
        for (const claim of ["the start shows", "the solution passes"]) {
          const stdout = await succeed("exercise", "verify", number, "--only", claim);
          assert.match(stdout, new RegExp(`✔ ${claim}`));
        }
      });
    }

    test("lab down --volumes leaves nothing, and the next lab up is native again", async () => {
      await succeed("down", "--volumes");
      for (const kind of ["container", "volume", "network"]) {
        const all = kind === "container" ? ["--all"] : [];
        assert.equal(await docker.run(kind, "ls", "--quiet", ...all, ...mine), "", kind);
      }
      assert.equal(existsSync(join(env.ENVOY_MESH_LAB_STATE ?? "", project)), false);
      assert.equal((await lab("status")).code, 3);
    });
  });
}
