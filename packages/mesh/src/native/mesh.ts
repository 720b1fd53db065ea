import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { projectNameOf } from "../compose/project-name.ts";
import { ControlClient, ControlLostError, ControlRefusedError } from "./control-client.ts";
import type { PartAction } from "./control-protocol.ts";
import type { MeshDownResult } from "./mesh-down.ts";
import { endMesh } from "./mesh-down.ts";
import type { MeshFolder } from "./mesh-folder.ts";
import { meshFolder, stateRoot } from "./mesh-folder.ts";
import { unknownPart } from "./mesh-model.ts";
import type { MeshStatus } from "./mesh-status.ts";
import { isRunning, readMeshStatus } from "./mesh-status.ts";
import type { PartStatus } from "./state.ts";

export type { MeshDownResult } from "./mesh-down.ts";
export type { MeshStatus } from "./mesh-status.ts";
export { isRunning, isWell } from "./mesh-status.ts";
export { type MeshUpOptions, type MeshUpResult, meshUp } from "./mesh-up.ts";
export type { PartStatus } from "./state.ts";

/** Which mesh. */
export interface MeshName {
  /** Default: `COMPOSE_PROJECT_NAME`, else `name:` in the compose files, else the folder's name. */
  readonly project?: string | undefined;
  /** Compose files to take the name from. Default: the repository's. */
  readonly files?: readonly string[];
  /** Default: this process's environment. */
  readonly env?: NodeJS.ProcessEnv;
}

function folderOf({ project, files = [], env = process.env }: MeshName): MeshFolder {
  const name = projectNameOf({ projectName: project, files, cwd: repoRoot, env });
  return meshFolder(name, stateRoot(env));
}

/** How a mesh is; with `fresh`, each part is asked now, and not only when its health check is due. */
export function meshStatus(name: MeshName = {}, fresh = false): Promise<MeshStatus> {
  return readMeshStatus(folderOf(name), fresh);
}

/** A part's log. */
export type PartLog = Pick<PartStatus, "name" | "log">;

/** The logs that a mesh which does not run any more has left, as one does that did not come up. */
export async function keptLogs(project: string): Promise<PartLog[]> {
  const folder = meshFolder(project);
  const files = existsSync(folder.logs) ? await readdir(folder.logs) : [];
  return files
    .filter((file) => extname(file) === ".log")
    .map((file) => ({ name: basename(file, ".log"), log: join(folder.logs, file) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Ends a mesh and removes what it left behind; its named volumes only with `volumes`. No error when nothing runs. */
export async function meshDown(
  options: MeshName & { readonly volumes?: boolean } = {},
): Promise<MeshDownResult> {
  const folder = folderOf(options);
  if (!existsSync(folder.root)) {
    return { wasRunning: false, orphans: [] };
  }
  return endMesh(folder, { volumes: !options.volumes, logs: false });
}

function notRunning(message: string): LabError {
  return new LabError(message, { hint: "Start it with lab up.", exitCode: ExitCode.notRunning });
}

/**
 * Does something to one part of a running mesh. `kill` sends `signal` (SIGKILL by default) as if from outside, so the
 * part's restart policy applies; `stop` keeps it stopped, and its `signal` takes the place of the part's stop signal.
 * Done when the part has stopped or is being started; `meshStatus` says when it is healthy.
 *
 * @throws LabError when the mesh or the part does not run, or there is no such part.
 */
export async function partAction(
  action: PartAction,
  part: string,
  options: MeshName & { readonly signal?: NodeJS.Signals | undefined } = {},
): Promise<void> {
  const folder = folderOf(options);
  const status = await readMeshStatus(folder);
  if (status.supervisor !== "running") {
    throw notRunning(
      isRunning(status)
        ? `the parts of ${folder.project} run, but their supervisor does not`
        : `the mesh ${folder.project} does not run`,
    );
  }
  if (!status.parts.some(({ name }) => name === part)) {
    throw unknownPart(
      part,
      status.parts.map(({ name }) => name),
    );
  }
  try {
    const client = await ControlClient.open(folder);
    await client?.act(part, action, options.signal);
  } catch (error) {
    if (error instanceof ControlRefusedError || error instanceof ControlLostError) {
      throw notRunning(error.message);
    }
    throw error;
  }
}
