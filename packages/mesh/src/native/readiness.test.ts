import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { isRunning, isWell, withoutSupervisor } from "./mesh-status.ts";
import { judgeReadiness } from "./readiness.ts";
import { renderStatus } from "./render-status.ts";
import type { PartStatus } from "./state.ts";

function part(rest: Partial<PartStatus>): PartStatus {
  return {
    name: "web",
    program: "node",
    version: "24.0.0",
    state: "healthy",
    restarts: 0,
    ports: [{ container: 80, host: 8080, published: false }],
    dependsOn: [],
    log: "/state/logs/web.log",
    stopSignal: "SIGTERM",
    stopGrace: 1,
    hash: "0",
    ...rest,
  };
}

suite("judgeReadiness", () => {
  test("waits for what is on its way", () => {
    const parts = [
      part({}),
      part({ name: "a", state: "starting" }),
      part({ name: "b", state: "waiting", detail: "a (service_healthy)" }),
    ];
    assert.deepEqual(judgeReadiness(parts), {
      waitingFor: ["a (starting)", "b (after a (service_healthy))"],
    });
  });

  test("is content with healthy, running and completed parts", () => {
    const parts = [part({}), part({ state: "running" }), part({ state: "exited", exitCode: 0 })];
    assert.deepEqual(judgeReadiness(parts), { waitingFor: [] });
  });

  test("gives up on what will not come up", () => {
    const reason = (rest: Partial<PartStatus>, before = 0) =>
      judgeReadiness([part(rest)], new Map([["web", before]])).failure?.reason;
    assert.equal(reason({ state: "unhealthy", detail: "503" }), "is unhealthy: 503");
    assert.equal(reason({ state: "exited", exitCode: 2 }), "ended with exit code 2");
    assert.equal(reason({ state: "exited", exitSignal: "SIGKILL" }), "ended with SIGKILL");
    assert.equal(
      reason({ state: "exited", exitCode: 127, detail: "spawn x ENOENT" }),
      "ended with spawn x ENOENT",
    );
    assert.equal(
      reason({ state: "restarting", restarts: 3, detail: "ended with 1" }),
      "ended 3 times, it ended with 1",
    );
    assert.equal(reason({ state: "restarting", restarts: 5 }, 3), undefined);
    assert.equal(reason({ state: "healthy", restarts: 9 }), undefined);
    assert.equal(reason({ state: "stopped" }), "was stopped by another command");
  });
});

suite("the status without a supervisor", () => {
  const process = { pid: 7, startTime: "1" };

  test("tells orphans from ended parts", () => {
    assert.equal(withoutSupervisor(part({ process }), () => true).state, "orphaned");
    const ended = withoutSupervisor(part({ process }), () => false);
    assert.deepEqual([ended.state, ended.process], ["exited", undefined]);
    assert.equal(withoutSupervisor(part({ state: "stopped" }), () => false).state, "stopped");
    assert.equal(withoutSupervisor(part({ state: "waiting" }), () => false).state, "exited");
  });

  test("counts as running while an orphan runs", () => {
    const status = { project: "p", supervisor: "gone", files: [] } as const;
    assert.equal(isRunning({ ...status, parts: [part({ state: "orphaned" })] }), true);
    assert.equal(isRunning({ ...status, parts: [part({ state: "exited" })] }), false);
    assert.equal(isWell(part({ state: "orphaned" })), false);
  });
});

suite("renderStatus", () => {
  test("draws a table, with what is not well below it", () => {
    const parts = [
      part({ process: { pid: 7, startTime: "1" } }),
      part({
        name: "gateway",
        state: "exited",
        exitCode: 3,
        restarts: 2,
        detail: "gave up",
        log: "/state/logs/gateway.log",
      }),
    ];
    assert.equal(
      renderStatus({ project: "p", supervisor: "running", parts, files: [] }, { cwd: "/state" }),
      [
        "PART     STATE                     ADDRESS         VERSION      PID  LOG",
        "web      healthy                   127.0.0.1:8080  node 24.0.0  7    logs/web.log",
        "gateway  exited (3), restarted 2x  127.0.0.1:8080  node 24.0.0  -    logs/gateway.log",
        "gateway: gave up",
      ].join("\n"),
    );
  });

  test("fits the terminal: version, log and then address are cut, and never the state", () => {
    const parts = [
      part({
        name: "gateway-proxy",
        notReadySince: "2026-01-01T00:00:00Z",
        version: "1.40.0-of-a-long-name",
        ports: [8080, 9901, 9902].map((host) => ({ container: host, host, published: true })),
        log: "/state/of/a/mesh/logs/gateway-proxy.log",
      }),
    ];
    const lines = (width: number) =>
      renderStatus({ project: "p", supervisor: "running", parts, files: [] }, { cwd: "/state", width });
    for (const width of [60, 80, 120, 200]) {
      for (const line of lines(width).split("\n")) assert.ok(line.length <= width, `${width}: ${line}`);
      assert.match(lines(width), /^gateway-proxy {2}not ready since 00:00:00 UTC/m);
    }
    assert.match(lines(200), /node 1\.40\.0-of-a-long-name .* of\/a\/mesh\/logs\/gateway-proxy\.log/);
  });

  test("shows a container's name, where there is no process of this machine to show", () => {
    const parts = [{ ...part({}), container: "p-web-1" }];
    assert.equal(
      renderStatus({ project: "p", supervisor: "running", parts }),
      [
        "PART  STATE    ADDRESS         VERSION      CONTAINER",
        "web   healthy  127.0.0.1:8080  node 24.0.0  p-web-1",
      ].join("\n"),
    );
  });

  test("says when nothing runs, and when nobody watches", () => {
    assert.match(
      renderStatus({ project: "p", supervisor: "none", parts: [], files: [] }),
      /^The mesh p is not running/,
    );
    const orphan = part({ state: "orphaned", process: { pid: 7, startTime: "1" } });
    assert.match(
      renderStatus({ project: "p", supervisor: "gone", parts: [orphan], files: [] }),
      /supervisor is gone/,
    );
  });
});
