import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ExitCode } from "@envoy-mesh-lab/trace";
import { hostPort, mapPorts } from "./port-map.ts";
import { composeProject } from "./testing/plan-input.ts";

suite("mapPorts", () => {
  test("takes the published port, else the container's, and adds the shift", () => {
    const map = mapPorts(
      composeProject({
        edge: { ports: [{ target: 8080, published: "9000" }, { target: 8443 }], expose: ["9901", "8080"] },
      }),
      100,
    );
    assert.deepEqual(map.get("edge"), [
      { container: 8080, host: 9100, published: true },
      { container: 8443, host: 8543, published: true },
      { container: 9901, host: 10001, published: false },
    ]);
    assert.equal(hostPort(map, "edge", 8080), 9100);
    assert.equal(hostPort(map, "edge", 1), undefined);
    assert.equal(hostPort(map, "other", 8080), undefined);
  });

  test("reads ranges and protocols of expose", () => {
    const map = mapPorts(composeProject({ a: { expose: ["7000-7002", "8000/tcp"] } }), 0);
    assert.deepEqual(
      map.get("a")?.map(({ host }) => host),
      [7000, 7001, 7002, 8000],
    );
  });

  test("names both services that want one port, and every port that is none", () => {
    const project = composeProject({
      a: { expose: ["8080"] },
      b: { ports: [{ target: 1, published: "8080" }] },
    });
    assert.throws(() => mapPorts(project, 0), {
      message: /a and b both want port 8080/,
      exitCode: ExitCode.composeInvalid,
    });
    assert.throws(() => mapPorts(project, 60_000), {
      message: /a: port 8080 would be 68080, which is no port/,
    });
  });
});
