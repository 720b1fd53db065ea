import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Container } from "./containers.ts";
import { splitImage, toContainers, whatChanged } from "./containers.ts";

/** A container as `docker inspect` prints it, cut to what matters. */
function inspected(service: string, state: object, more: object = {}) {
  return {
    Id: `id-of-${service}`,
    Name: `/p-${service}-1`,
    Image: "sha256:1",
    RestartCount: 2,
    State: { Status: "running", ExitCode: 0, Error: "", StartedAt: "2026-11-24T10:00:00Z", ...state },
    HostConfig: { RestartPolicy: { Name: "no" } },
    Config: {
      Image: "envoyproxy/envoy:v1.40.0",
      Labels: { "com.docker.compose.service": service, "com.docker.compose.config-hash": "abc" },
    },
    NetworkSettings: {
      Ports: { "8080/tcp": [{ HostIp: "127.0.0.1", HostPort: "8580" }], "10000/tcp": null },
    },
    ...more,
  };
}

const read = (...containers: object[]) => toContainers(JSON.stringify(containers));

suite("the containers of a mesh", () => {
  test("are parts, by name, with the ports that are published", () => {
    const [edge, web] = read(inspected("web", {}), inspected("edge", { Health: { Status: "healthy" } }));
    assert.equal(web?.state, "running");
    assert.deepEqual(edge, {
      id: "id-of-edge",
      imageId: "sha256:1",
      name: "edge",
      container: "p-edge-1",
      program: "envoyproxy/envoy",
      version: "v1.40.0",
      state: "healthy",
      restarts: 2,
      ports: [{ container: 8080, host: 8580, published: true }],
      run: "id-of-edge 2026-11-24T10:00:00Z",
      configHash: "abc",
    });
  });

  test("say why they are not well", () => {
    const HostConfig = { RestartPolicy: { Name: "unless-stopped" } };
    assert.equal(read(inspected("a", { Status: "exited" }, { HostConfig }))[0]?.state, "stopped");
    const [ended, failing, refused] = read(
      inspected("a", { Status: "exited", ExitCode: 137, Health: { Status: "unhealthy" } }),
      inspected("b", { Health: { Status: "unhealthy", Log: [{ Output: "no\n" }, { Output: "refused\n" }] } }),
      inspected("c", { Status: "created", ExitCode: 128, Error: "port is already allocated" }),
    );
    assert.deepEqual([ended?.state, ended?.exitCode], ["exited", 137]);
    assert.deepEqual([failing?.state, failing?.detail], ["unhealthy", "refused"]);
    assert.deepEqual([refused?.state, refused?.detail], ["waiting", "port is already allocated"]);
  });

  test("are not those of single commands", () => {
    const Config = { Image: "node", Labels: { "com.docker.compose.oneoff": "True" } };
    assert.deepEqual(read(inspected("a", {}, { Config })), []);
  });

  test("have an image with a name and a version", () => {
    assert.deepEqual(splitImage("registry:5000/a/b"), { program: "registry:5000/a/b", version: "latest" });
    assert.deepEqual(splitImage("registry:5000/a:1@sha256:00"), {
      program: "registry:5000/a",
      version: "1",
    });
  });

  test("say what a command did to them", () => {
    const is = (name: string, run: string, state: Container["state"] = "healthy") =>
      ({ name, run, state }) as Container;
    assert.deepEqual(
      whatChanged(
        [is("a", "1"), is("b", "1"), is("c", "1", "exited"), is("d", "1")],
        [is("a", "1"), is("b", "2"), is("c", "2"), is("e", "1")],
      ),
      { started: ["c", "e"], restarted: ["b"], removed: ["d"], unchanged: ["a"] },
    );
  });
});
