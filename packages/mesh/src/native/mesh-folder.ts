import { mkdir, readdir, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";

/** Where a mesh keeps what it needs while it runs, and its named volumes beyond that. */
export interface MeshFolder {
  readonly project: string;
  readonly root: string;
  readonly state: string;
  /** How to reach the supervisor; readable for its owner only. */
  readonly control: string;
  readonly lock: string;
  /** What the lab adds to the compose files in Docker; there while a mesh is brought up in Docker. */
  readonly docker: string;
  readonly logs: string;
  readonly config: string;
  /** Configurations that are checked before they take the place of the running ones. */
  readonly candidate: string;
  readonly volumes: string;
  readonly anonymous: string;
}

/** The folder of all meshes: `.lab` in the repository, or `ENVOY_MESH_LAB_STATE`. */
export function stateRoot(env: NodeJS.ProcessEnv = process.env): string {
  return env.ENVOY_MESH_LAB_STATE || join(repoRoot, ".lab");
}

/**
 * The folder of one mesh; nothing is created.
 *
 * @throws LabError for a name that Docker Compose would refuse too, and that would be no safe name of a folder.
 */
export function meshFolder(project: string, root: string = stateRoot()): MeshFolder {
  if (!/^[a-z0-9][a-z0-9_-]*$/.test(project)) {
    throw new LabError(`"${project}" is no project name.`, {
      hint: "Use lower-case letters, digits, - and _, beginning with a letter or digit.",
      exitCode: ExitCode.usage,
    });
  }
  const folder = join(root, project);
  return {
    project,
    root: folder,
    state: join(folder, "state.json"),
    control: join(folder, "control.json"),
    lock: join(folder, "lock"),
    docker: join(folder, "docker.yaml"),
    logs: join(folder, "logs"),
    config: join(folder, "config"),
    candidate: join(folder, "candidate"),
    volumes: join(folder, "volumes"),
    anonymous: join(folder, "anonymous"),
  };
}

/** Where the output of a part goes. */
export function logPath(folder: MeshFolder, part: string): string {
  return join(folder.logs, `${part}.log`);
}

/** Writes a file in one step: who reads it meanwhile sees the old text or the new one. */
export async function writeAtomically(path: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, text, { mode });
  await rename(draft, path);
}

async function removeIfEmpty(path: string): Promise<void> {
  try {
    if ((await readdir(path)).length === 0) {
      await rmdir(path);
    }
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    // Another mesh may start or end in the same folder at this moment.
    if (code !== "ENOENT" && code !== "ENOTEMPTY") {
      throw error;
    }
  }
}

/** What of a mesh's folder is to outlast the mesh. */
export interface KeptData {
  readonly volumes: boolean;
  readonly logs: boolean;
}

/** Removes what a mesh left behind, but for what is to be kept; then the folders that are empty. */
export async function clearMeshFolder(folder: MeshFolder, keep: KeptData): Promise<void> {
  const entries = await readdir(folder.root).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") {
      return [];
    }
    throw error;
  });
  const kept = new Set([keep.volumes ? folder.volumes : "", keep.logs ? folder.logs : ""]);
  const removed = entries.map((entry) => join(folder.root, entry)).filter((path) => !kept.has(path));
  await Promise.all(removed.map((path) => rm(path, { recursive: true, force: true })));
  await removeIfEmpty(folder.root);
  await removeIfEmpty(dirname(folder.root));
}
