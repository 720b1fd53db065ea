import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { isIstio, withIstio } from "./istio-mesh.ts";
import { ensureIstio, whyNoIstio } from "./programs.ts";

suite("a mesh in Istio", () => {
  test("says in words why it cannot run here", async () => {
    const env = { PATH: "/nowhere" };
    assert.match(
      (await whyNoIstio(env, { platform: "darwin", uid: 0 })) ?? "",
      /Linux's network namespaces.*darwin/,
    );
    assert.match((await whyNoIstio(env, { platform: "linux", uid: 1000 })) ?? "", /only root/);
    const missing = await whyNoIstio(env, { platform: "linux", uid: 0 });
    assert.match(missing ?? "", /no etcd \(Debian package etcd-server\), no ip \(Debian package iproute2\)/);
  });

  test("builds nothing where it cannot run", async () => {
    const said: string[] = [];
    const options = {
      env: { PATH: "/nowhere" },
      onProgress: ({ text }: { text: string }) => said.push(text),
    };
    await assert.rejects(ensureIstio(options), { exitCode: 4, message: /a mesh of Istio's cannot run here/ });
    assert.deepEqual(said, []);
  });

  test("is the user's first file, or the lab's own, what Istio changes of it, and the user's others", () => {
    assert.deepEqual(
      withIstio([]).map((it) => it.replace(/^.*\//, "")),
      ["compose.yaml", "compose.istio.yaml"],
    );
    assert.deepEqual(
      withIstio(["/a/mine.yaml", "/a/more.yaml"]).map((it) => it.replace(/^.*\//, "")),
      ["mine.yaml", "compose.istio.yaml", "more.yaml"],
    );
  });

  test("is known by its agents", () => {
    const part = { name: "edge", version: "1", state: "healthy", restarts: 0, ports: [] as never[] } as const;
    assert.equal(isIstio({ services: [{ ...part, program: "pilot-agent" }] }), true);
    assert.equal(isIstio({ services: [{ ...part, program: "envoy" }] }), false);
    const injected = { ...part, program: "docker.io/istio/proxyv2", container: "istio-proxy" };
    assert.equal(isIstio({ services: [injected] }), true);
  });
});
