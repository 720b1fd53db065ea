import { takeLock } from "@envoy-mesh-lab/bootstrap";
import type { MeshFolder } from "../native/mesh-folder.ts";
import { clearMeshFolder } from "../native/mesh-folder.ts";
import type { UpOptions, UpResult } from "../runtime/runtime.ts";
import { openProject } from "./compose-project.ts";
import { readContainers, whatChanged } from "./containers.ts";
import { docker } from "./docker-command.ts";
import { prepare } from "./prepare.ts";
import { askDocker } from "./requirements.ts";
import { startContainers } from "./start-containers.ts";

/**
 * Brings a mesh up in Docker, or one that is there already to what its files say now: Docker Compose makes those containers
 * anew whose settings, image or mounted files have changed, and no others.
 *
 * @throws {LabError} with the exit codes of a native start. What this call has started is stopped again then; a mesh that
 * was there before is left as it is.
 */
export async function dockerUp(
  folder: MeshFolder,
  files: readonly string[],
  options: UpOptions,
): Promise<UpResult> {
  const startedAt = performance.now();
  const tell = (kind: "note" | "tick", text: string) =>
    options.onProgress?.({ program: undefined, kind, text, elapsedMs: performance.now() - startedAt });
  const engine = await askDocker(options.signal);
  const lock = await takeLock(folder.lock, "lab up", {
    signal: options.signal,
    onWait: ({ purpose, pid }) =>
      tell("note", `Waiting for "${purpose}" (process ${pid}), which is at work on this mesh.`),
  });
  try {
    const before = await readContainers(folder.project);
    try {
      const project = await openProject(folder, files, { ...options, engine });
      const names = await prepare(project, before, options, tell);
      const isPartial = (options.parts ?? []).length > 0;
      const orphans = isPartial
        ? []
        : before.filter(({ name }) => project.model.services[name] === undefined);
      if (names.length > 0 || orphans.length > 0) {
        // What is as it should be need not be waited for: Docker Compose takes seconds to look at it.
        const these = before.length === 0 && !isPartial ? [] : ["--no-deps", ...names];
        const args = [...(isPartial ? [] : ["--remove-orphans"]), ...these];
        await startContainers(folder.project, project, before, { ...options, args, lock, tell });
      }
    } catch (error) {
      const isKept = options.keep && !options.signal?.aborted;
      // Who took the lock away clears up.
      if (before.length === 0 && !isKept && lock.isHeld()) {
        tell("tick", "stopping what was started");
        await composeDown(folder.project, []);
        await clearMeshFolder(folder, { volumes: true, logs: true });
      }
      throw error;
    }
    const parts = await readContainers(folder.project);
    const wasRunning = before.length > 0;
    return { project: folder.project, wasRunning, parts, ...whatChanged(before, parts) };
  } finally {
    lock.release();
  }
}

/** Ends a mesh's containers and networks, whichever files they came from. */
export async function composeDown(project: string, args: readonly string[]): Promise<void> {
  await docker(["compose", "--project-name", project, "down", "--remove-orphans", ...args]);
}
