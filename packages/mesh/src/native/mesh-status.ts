import type { MeshPart, MeshView } from "../runtime/runtime.ts";
import { ControlClient, ControlLostError } from "./control-client.ts";
import type { MeshFolder } from "./mesh-folder.ts";
import type { ProcessId } from "./processes.ts";
import { isAlive } from "./processes.ts";
import type { MeshState, PartStatus } from "./state.ts";
import { readState } from "./state.ts";

/** How a mesh is. */
export interface MeshStatus {
  readonly project: string;
  /** `gone`: it ended without stopping its parts; `silent`: it runs, but does not answer; `none`: there is no mesh. */
  readonly supervisor: "running" | "silent" | "gone" | "none";
  readonly parts: readonly PartStatus[];
  readonly files: readonly string[];
}

/** A part as it is when its supervisor is gone: who still runs is an orphan, and the others have ended. */
export function withoutSupervisor(part: PartStatus, alive: (id: ProcessId) => boolean): PartStatus {
  if (part.process && alive(part.process)) {
    return { ...part, state: "orphaned", detail: "runs without its supervisor" };
  }
  if (part.state === "exited" || part.state === "stopped") {
    return part;
  }
  const { process: _gone, ...rest } = part;
  return { ...rest, state: "exited", detail: "ended while no supervisor was there" };
}

/** True when any process of the mesh runs. */
export function isRunning(status: MeshView<Pick<MeshPart, "state">>): boolean {
  return (
    status.supervisor === "running" ||
    status.supervisor === "silent" ||
    status.parts.some(({ state }) => state === "orphaned")
  );
}

/** True for a part that is as it should be: healthy and ready, running where it has no health check, or complete. */
export function isWell(part: Pick<MeshPart, "state" | "exitCode" | "notReadySince">): boolean {
  return (
    (part.state === "healthy" && part.notReadySince === undefined) ||
    part.state === "running" ||
    (part.state === "exited" && part.exitCode === 0)
  );
}

function of(state: MeshState, supervisor: MeshStatus["supervisor"], parts = state.parts): MeshStatus {
  return { project: state.project, supervisor, parts, files: state.files };
}

/**
 * Asks the supervisor how the mesh is; without one, finds out from what it wrote down last and from the processes.
 *
 * @param fresh whether each part is asked now, and not only when its health check is due.
 */
export async function readMeshStatus(folder: MeshFolder, fresh = false): Promise<MeshStatus> {
  const written = await readState(folder);
  if (!written) {
    return { project: folder.project, supervisor: "none", parts: [], files: [] };
  }
  if (!isAlive(written.supervisor)) {
    const parts = written.parts.map((part) => withoutSupervisor(part, isAlive));
    return of(written, "gone", parts);
  }
  try {
    const client = await ControlClient.open(folder);
    const state = await (fresh ? client?.look() : client?.status());
    return of(state ?? written, state ? "running" : "silent");
  } catch (error) {
    if (error instanceof ControlLostError) {
      return of(written, "silent");
    }
    throw error;
  }
}
