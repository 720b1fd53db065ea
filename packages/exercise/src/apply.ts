import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createTransports } from "@envoy-mesh-lab/connections";
import { call, findRpc } from "@envoy-mesh-lab/load";
import type { Mesh, RuntimeName, UpOptions, UpResult } from "@envoy-mesh-lab/mesh";
import { findRuntime, readMesh } from "@envoy-mesh-lab/mesh";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { compile } from "./compile.ts";
import { readContracts } from "./contracts.ts";
import type { Exercise } from "./exercise.ts";
import { startFiles, startText } from "./exercise-files.ts";
import { writeFiles } from "./files.ts";
import { assertHere, meshFiles } from "./mesh-of.ts";
import { workspaceFolder } from "./workspace.ts";

/** How the files of an exercise are put into the mesh. */
export type ApplyOptions = Pick<UpOptions, "signal" | "onProgress"> & {
  /** What is to run the mesh. Default: what runs it already. */
  readonly runtime?: RuntimeName | undefined;
  /** Whether the compiler has looked at the files already. Default: no. */
  readonly isCompiled?: boolean;
};

/** The folder with the learner's files, as the compose.yaml of an exercise names it. */
const filesVariable = "EXERCISE_FILES";

/** How long calls may take to get through after a restart, in milliseconds. */
const settleTimeout = 15_000;

/**
 * Brings the mesh to what an exercise's files in a folder say: what changed is restarted, nothing else.
 *
 * @throws {LabError} as `assertHere` does; when a file does not compile or a program rejects it (exit code `configRejected`), in that program's
 * own words, with the mesh left as it was; or a part does not come up (`notReady`), with the mesh brought back to the start.
 */
export async function applyFiles(
  exercise: Exercise,
  folder: string,
  { runtime: asked, isCompiled = false, ...options }: ApplyOptions = {},
): Promise<UpResult> {
  const runtime = await findRuntime({ files: meshFiles(exercise), runtime: asked });
  await assertHere(exercise, runtime.name);
  if (startFiles(exercise).some((it) => it.endsWith(".proto"))) await readContracts(folder);
  if (!isCompiled) await compile(exercise, folder);
  const up = (folder: string) => runtime.up({ ...options, env: { [filesVariable]: folder } });
  try {
    return await up(folder);
  } catch (error) {
    if (error instanceof LabError && error.exitCode === ExitCode.notReady) {
      const start = join(workspaceFolder(), ".start", exercise.name);
      writeFiles(start, new Map(startFiles(exercise).map((it) => [it, startText(exercise, it)])));
      await up(start);
      throw new LabError(error.message, {
        exitCode: error.exitCode,
        hint: `${error.hint}\nThe mesh runs with the exercise's own start again; your files are as you left them.`,
        cause: error,
      });
    }
    throw error;
  }
}

/**
 * Waits until an ordinary call gets through: for some seconds after a restart the proxies in front of a part still take it
 * for unhealthy. A mesh in which no call gets through is graded all the same.
 */
export async function settle(signal?: AbortSignal): Promise<Mesh> {
  const mesh = await readMesh();
  const transports = createTransports({ url: mesh.urls.edge });
  try {
    const deadline = Date.now() + settleTimeout;
    for (;;) {
      const quiet = { workMs: 0, failAfter: 0 };
      const { code } = await call(transports.connect, {
        rpc: findRpc(undefined, undefined),
        drink: "espresso",
        messages: 1,
        gateway: quiet,
        backend: quiet,
        timeoutMs: 2000,
        headers: {},
      });
      if (code === "ok" || Date.now() > deadline || signal?.aborted) return mesh;
      await delay(100);
    }
  } finally {
    transports.close();
  }
}
