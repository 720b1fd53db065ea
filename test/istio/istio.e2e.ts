import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { protocols } from "@envoy-mesh-lab/connections";
import type { Proof } from "@envoy-mesh-lab/exercise";
import { exerciseNames, findExercise } from "@envoy-mesh-lab/exercise";
import { kinds } from "@envoy-mesh-lab/load";
import { whyNoIstio } from "@envoy-mesh-lab/mesh";
import { until } from "../until.ts";
import { IstioMesh, leftOnMachine } from "./istio-mesh.ts";
import { plainCall } from "./plain-call.ts";

// The services in a real Istio, as `lab up --istio` runs it.

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => process.exit(128 + constants.signals[signal]));
}

const why = await whyNoIstio(process.env);
if (why !== undefined) {
  console.log(`The mesh was NOT tried in Istio: ${why}`);
  test("the mesh in Istio", { skip: why }, () => {});
} else {
  testMesh(new IstioMesh());
}

/**
 * How long a changed configuration may take until no call meets the old one, in milliseconds: Envoy keeps connections on a changed
 * listener for its drain time, which is 5 s here.
 */
const settleMs = 150_000;

function testMesh(mesh: IstioMesh): void {
  // Also when the stage is told to end before its time.
  process.once("exit", () => mesh.remove());

  test("lab up --istio brings it up, and every part is well", async () => {
    const startedAt = performance.now();
    await mesh.succeed("up", "--istio", "--no-page");
    await mesh.call();
    console.log(`from nothing to a call: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
    const status = await mesh.succeed("status");
    for (const name of ["istiod", "kube-apiserver", "etcd", "edge", "gateway-proxy", "backend-proxy"]) {
      assert.match(status, new RegExp(`^${name} +(healthy|running)`, "m"));
    }
  });

  suite("one trace, with the spans of expected-hops-istio.yaml", () => {
    for (const kind of kinds) {
      for (const protocol of protocols) {
        test(`${kind} over ${protocol}`, async () => {
          const traceId = await mesh.call("--kind", kind, "--protocol", protocol);
          const { findings } = JSON.parse(await mesh.succeed("check", traceId, "--json"));
          assert.deepEqual(findings, []);
        });
      }
    }
  });

  test("lab trace, compare and logs read it", async () => {
    const traceId = await mesh.call();
    assert.match(await mesh.succeed("trace", traceId), /: 8 spans, /);
    assert.match(await mesh.succeed("compare", traceId), /mixed +backend\.envoy-mesh-lab inbound → backend/);
    assert.match(await mesh.succeed("logs", "gateway-proxy", "-n", "100"), /BrewDrink/);
    assert.match(await mesh.succeed("logs", "gateway", "-n", "100"), new RegExp(`"trace_id":"${traceId}"`));
  });

  test("it stays in Istio for who says no more than up, and a part that was stopped starts again", async () => {
    await mesh.succeed("stop", "backend");
    assert.match(await mesh.succeed("up", "backend"), /started: .*backend/);
    assert.doesNotMatch(await mesh.succeed("up"), /restarted|stopped/);
    await mesh.succeed("check", await mesh.call());
  });

  test("what belongs to the mesh of our own Envoys is refused in words", async () => {
    for (const command of [["ui"], ["incident", "start"], ["compare", "--modes"]]) {
      const { code, stderr } = await mesh.lab(...command);
      assert.ok(code === 2 || code === 3, `lab ${command.join(" ")}: ${code}`);
      assert.match(stderr, /is in Istio, /);
    }
  });

  suite("between sidecars", () => {
    test("every connection begins with a TLS handshake with certificates of both sides", async () => {
      const handshakes = () => mesh.counter("backend", "^listener\\.0\\.0\\.0\\.0_15006\\.ssl\\.handshake$");
      const unauthenticated = () => mesh.counter("backend", "ssl\\.(fail_verify_no_cert|no_certificate)$");
      await mesh.call();
      assert.ok(handshakes() > 0, "the backend's sidecar has counted no handshake");
      assert.equal(unauthenticated(), 0);
      assert.ok(mesh.counter("gateway", "outbound\\|8082\\|\\|backend.*ssl\\.handshake$") > 0);
    });

    test("a call in plain text is refused, though the service would answer it", () => {
      assert.match(mesh.inside("node", plainCall("10.10.0.12")), /^refused/);
      assert.equal(mesh.inside("backend", plainCall("127.0.0.1")), "answered 200");
    });
  });

  /** Applies a file of docs or an exercise, waits for its effect, and takes it back. */
  async function withFile(file: string, look: () => Promise<void>): Promise<void> {
    const text = readFileSync(join(repoRoot, file), "utf8");
    mesh.kubectl(["apply", "-f", "-"], text);
    try {
      await look();
    } finally {
      mesh.kubectl(["delete", "-f", "-"], text);
    }
  }

  test("a sidecar whose span is missing is named", async () => {
    await withFile("samples/istio/backend-not-traced.yaml", async () => {
      const missing = await until(
        async () => mesh.lab("check", await mesh.call()),
        ({ stdout }) => /backend\.envoy-mesh-lab/.test(stdout),
        settleMs,
      );
      assert.equal(missing.code, 1, missing.stdout);
    });
    await until(
      async () => mesh.lab("check", await mesh.call()),
      ({ code }) => code === 0,
      settleMs,
    );
  });

  test("an EnvoyFilter makes two spans of a sidecar, and then the eleven are there", async () => {
    await withFile("samples/istio/two-spans.yaml", async () => {
      const expect = ["--expect", "samples/istio/expected-hops-two-spans.yaml"];
      const seen = await until(
        async () => mesh.lab("check", await mesh.call(), ...expect),
        ({ code }) => code === 0,
        settleMs,
      );
      assert.equal(seen.code, 0, seen.stdout);
    });
  });

  test("the API server takes the overlay for clusters", () => {
    const manifests = mesh
      .kubectl(["kustomize", "kubernetes/overlays/istio"])
      .replaceAll("namespace: envoy-mesh-lab", "namespace: default");
    mesh.kubectl(["apply", "--dry-run=server", "-f", "-"], manifests);
  });

  test("a part that is killed comes back, and calls with it", async () => {
    for (const part of ["istiod", "gateway-proxy", "network"]) {
      await mesh.succeed("kill", part);
      const again = await until(
        async () => ({ status: await mesh.lab("status"), call: await mesh.lab("call") }),
        ({ status, call }) => status.code === 0 && call.code === 0,
        settleMs,
      );
      assert.equal(again.status.code, 0, again.status.stdout);
      assert.equal(again.call.code, 0, `after ${part}: ${again.call.stdout}`);
    }
  });

  for (const name of exerciseNames().filter((it) => findExercise(it).mesh === "istio")) {
    test(`the exercise ${name}, from its start to its solution, and back to the mesh as it was`, async () => {
      const { stdout, stderr } = await mesh.lab("exercise", "verify", name, "--json");
      const [{ proofs }] = JSON.parse(stdout || assert.fail(stderr)) as [{ proofs: Proof[] }];
      assert.ok(proofs.length > 5);
      assert.deepEqual(
        proofs.filter(({ ok }) => !ok),
        [],
      );
      await mesh.succeed("up");
      await mesh.succeed("check", await mesh.call());
    });
  }

  test("lab down --volumes leaves the machine as it was, also when the supervisor was killed", async () => {
    const state = join(mesh.folder, "state", mesh.project);
    const { supervisor } = JSON.parse(readFileSync(join(state, "state.json"), "utf8"));
    process.kill(supervisor.pid, "SIGKILL");
    await mesh.succeed("down", "--volumes");
    for (const [what, left] of Object.entries(leftOnMachine(mesh))) assert.deepEqual(left, [], what);
    assert.equal(existsSync(state), false);
    assert.equal((await mesh.lab("status")).code, 3);
  });
}
