import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { ControlClient } from "./control-client.ts";
import { baseEnvironment } from "./gather.ts";
import type { MeshFolder } from "./mesh-folder.ts";

const main = fileURLToPath(new URL("supervisor-main.ts", import.meta.url));
const pollMs = 20;
const longestStartMs = 15_000;

function spawnDetached(folder: MeshFolder, log: string): ChildProcess {
  const output = openSync(log, "a");
  const child = spawn(process.execPath, [main, folder.project, dirname(folder.root)], {
    cwd: repoRoot,
    // With the folder of what Node has compiled, so that it starts sooner. Its parts get an environment of their own.
    env: { ...baseEnvironment(process.env), NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? "" },
    detached: true,
    stdio: ["ignore", output, output],
  });
  closeSync(output);
  child.unref();
  return child;
}

/**
 * Starts the supervisor of a mesh in the background; it outlives this process.
 *
 * @throws LabError when it does not come up.
 */
export async function launchSupervisor(folder: MeshFolder): Promise<ControlClient> {
  await mkdir(folder.logs, { recursive: true });
  await rm(folder.control, { force: true });
  const log = join(folder.logs, "supervisor.log");
  const child = spawnDetached(folder, log);
  const deadline = performance.now() + longestStartMs;
  while (performance.now() < deadline && child.exitCode === null && child.signalCode === null) {
    const client = await ControlClient.open(folder);
    if (client) {
      return client;
    }
    await delay(pollMs);
  }
  child.kill("SIGKILL");
  throw new LabError("the supervisor of the mesh does not start", {
    hint: `Its log says why: ${log}`,
    exitCode: ExitCode.notReady,
  });
}
