import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { MeshStatus, MeshUpResult, PartStatus } from "@envoy-mesh-lab/mesh";
import { prefixLines } from "@envoy-mesh-lab/mesh";
import { ExitCode } from "@envoy-mesh-lab/trace";
import { parseSignal } from "./kill.ts";
import { statusExitCode } from "./status.ts";
import { describeUp } from "./up.ts";

const part: PartStatus = {
  name: "web",
  program: "node",
  version: "24.0.0",
  state: "healthy",
  restarts: 0,
  ports: [],
  dependsOn: [],
  log: "/web.log",
  stopSignal: "SIGTERM",
  stopGrace: 1,
  hash: "0",
};

function status(supervisor: MeshStatus["supervisor"], ...states: PartStatus["state"][]): MeshStatus {
  return { project: "p", supervisor, files: [], parts: states.map((state) => ({ ...part, state })) };
}

suite("lab status", () => {
  test("ends with 0 only when all is well and watched over", () => {
    assert.equal(statusExitCode(status("running", "healthy", "running")), ExitCode.ok);
    assert.equal(statusExitCode(status("running", "healthy", "starting")), ExitCode.findings);
    assert.equal(statusExitCode(status("running", "stopped")), ExitCode.findings);
    assert.equal(statusExitCode(status("silent", "healthy")), ExitCode.findings);
    assert.equal(statusExitCode(status("gone", "orphaned")), ExitCode.findings);
    assert.equal(statusExitCode(status("gone", "exited")), ExitCode.notRunning);
    assert.equal(statusExitCode(status("none")), ExitCode.notRunning);
  });
});

suite("lab up", () => {
  const result: MeshUpResult = {
    project: "p",
    wasRunning: true,
    parts: [part],
    started: [],
    restarted: [],
    unready: [],
    removed: [],
    unchanged: ["web"],
  };

  test("says what it did", () => {
    assert.equal(describeUp({ ...result, wasRunning: false, started: ["web"] }), "p is up: web.");
    assert.equal(describeUp(result), "p was up already; nothing changed.");
    assert.equal(
      describeUp({
        ...result,
        restarted: ["a", "z", "b"],
        unready: ["z"],
        started: ["c"],
        removed: ["d"],
      }),
      [
        "p is up to date.",
        "  restarted with their new settings: a, b",
        "  restarted, as they were up and not ready: z",
        "  started: c",
        "  stopped, as they are in the files no more: d",
      ].join("\n"),
    );
  });
});

suite("lab kill", () => {
  test("reads signals with and without SIG", () => {
    assert.equal(parseSignal("SIGTERM"), "SIGTERM");
    assert.equal(parseSignal("hup"), "SIGHUP");
    assert.throws(() => parseSignal("SIGNAL"), { message: /no such signal/ });
  });
});

suite("lab logs", () => {
  test("says whose line it is when there are several parts", () => {
    assert.equal(prefixLines("a\nb\n", "web", 5), "web   | a\nweb   | b\n");
    assert.equal(prefixLines("a\n", "web", 0), "a\n");
    assert.equal(prefixLines("", "web", 5), "");
  });
});
