import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { parse } from "yaml";
import { mesh } from "./mesh.ts";

// The commands that Docker runs in the containers to ask a part whether it is well, here beside the native parts.
// What a profile adds runs in containers only.
const { services } = parse(readFileSync(join(repoRoot, "compose.yaml"), "utf8"), { merge: true }) as {
  services: Record<string, { profiles?: string[]; healthcheck?: { test: [string, string, ...string[]] } }>;
};
const commands = Object.entries(services).flatMap(([part, { profiles, healthcheck }]) =>
  healthcheck && !profiles ? [{ part, command: healthcheck.test }] : [],
);
/** A port on which nothing listens: TCP port 1, tcpmux, is not in use and needs root to be. */
const nobody = 1;

suite("the health checks of compose.yaml", () => {
  test("there is one for every part with a program to make it with", () => {
    assert.deepEqual(commands.map((it) => it.part).sort(), [
      "backend",
      "backend-proxy",
      "edge",
      "gateway",
      "gateway-proxy",
      "tempo-proxy",
    ]);
  });

  for (const { part, command } of commands) {
    test(`${part} is well, and not well where nobody answers`, () => {
      assert.equal(command[0], "CMD");
      const port = portOf(command);
      assert.equal(run(command, port, mesh.hostPort(part, port)), 0);
      assert.notEqual(run(command, port, nobody), 0);
    });
  }
});

/** The one port of the part's own host that a command asks. */
function portOf(command: readonly string[]): number {
  const ports = command.join(" ").match(/(?<=127\.0\.0\.1[:/])\d+/g) ?? [];
  assert.equal(ports.length, 1);
  return Number(ports[0]);
}

/** Runs a command as it is, but for its port, which differs in a native run. @returns its exit code */
function run(command: readonly string[], port: number, hostPort: number | undefined): number | null {
  assert.ok(hostPort, `port ${port} is declared`);
  const [, program = "", ...args] = command.map((it) =>
    it.replace(new RegExp(`(127\\.0\\.0\\.1[:/])${port}`), `$1${hostPort}`),
  );
  return spawnSync(program, args, { timeout: 10_000, stdio: "ignore" }).status;
}
