import { createHash } from "node:crypto";
import { lstat, mkdir, readdir, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { removeNetworks } from "../networks/namespaces.ts";

/** Where a mesh keeps what it needs while it runs, and its named volumes beyond that. */
export interface MeshFolder {
  readonly project: string;
  readonly root: string;
  readonly state: string;
  /** How to reach the supervisor; readable for its owner only. */
  readonly control: string;
  readonly lock: string;
  /** Which cluster the mesh is on, and what was put there; there while it is on one. */
  readonly kubernetes: string;
  /** What the lab adds to the compose files in Docker; there while a mesh is brought up in Docker. */
  readonly docker: string;
  readonly logs: string;
  readonly config: string;
  /** Configurations that are checked before they take the place of the running ones. */
  readonly candidate: string;
  /** The network namespaces that the mesh has made; there while it has any. */
  readonly networks: string;
  readonly volumes: string;
  readonly anonymous: string;
  /**
   * For file systems in memory (tmpfs), which hold sockets. Outside the folder of all meshes, because the path of a socket has room for
   * about a hundred characters (unix(7), sun_path).
   */
  readonly temporary: string;
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
    throw new LabError(`"${project}" is no project name`, {
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
    kubernetes: join(folder, "kubernetes.json"),
    docker: join(folder, "docker.yaml"),
    logs: join(folder, "logs"),
    config: join(folder, "config"),
    candidate: join(folder, "candidate"),
    networks: join(folder, "networks.json"),
    volumes: join(folder, "volumes"),
    anonymous: join(folder, "anonymous"),
    temporary: join(
      tmpdir(),
      `envoy-mesh-lab-${createHash("sha256").update(folder).digest("hex").slice(0, 12)}`,
    ),
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

/**
 * Makes a folder that nobody else can enter, in one that everybody can write to.
 *
 * @throws LabError when there is something else of this name already, as somebody may have put there to be trusted.
 */
export async function makePrivateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const found = await lstat(path);
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o077) !== 0) {
    throw new LabError(`${path} is not a folder of yours alone, and the mesh would put its sockets there`, {
      hint: "Remove it, or set TMPDIR to a folder of yours.",
      exitCode: ExitCode.notReady,
    });
  }
}

async function removeIfEmpty(path: string): Promise<void> {
  try {
    if ((await readdir(path)).length === 0) {
      await rmdir(path);
    }
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    // Another mesh may start or end in the same folder at this moment, and a disk that is mounted there stays.
    if (code !== "ENOENT" && code !== "ENOTEMPTY" && code !== "EBUSY") {
      throw error;
    }
  }
}

/** What of a mesh's folder is to outlast the mesh. */
export interface KeptData {
  readonly volumes: boolean;
  readonly logs: boolean;
}

/**
 * Removes what a mesh left behind, but for what is to be kept; then the folders that are empty.
 *
 * @throws LabError when something of it cannot be removed, such as a folder that something is mounted on; the rest is.
 */
export async function clearMeshFolder(folder: MeshFolder, keep: KeptData): Promise<void> {
  removeNetworks(folder.networks);
  const entries = await readdir(folder.root).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") {
      return [];
    }
    throw error;
  });
  const kept = new Set([keep.volumes ? folder.volumes : "", keep.logs ? folder.logs : ""]);
  const removed = entries.map((entry) => join(folder.root, entry)).filter((path) => !kept.has(path));
  removed.push(folder.temporary);
  const results = await Promise.allSettled(removed.map((path) => rm(path, { recursive: true, force: true })));
  const failures = results.flatMap((it) => (it.status === "rejected" ? [it.reason as Error] : []));
  if (failures.length > 0) {
    throw new LabError(
      `Not all that the mesh kept could be removed:\n${failures.map((it) => `  ${it.message}`).join("\n")}`,
      {
        hint: "Unmount what is mounted there, or remove it with the rights of its owner; then run the command again.",
        exitCode: ExitCode.notReady,
        cause: failures[0],
      },
    );
  }
  await removeIfEmpty(folder.root);
  await removeIfEmpty(dirname(folder.root));
}
