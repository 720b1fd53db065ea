import { statfsSync } from "node:fs";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import type { PartPlan } from "./plan.ts";

const mib = 1024 * 1024;

/**
 * Why a part has too little room on the disks of its volumes; undefined when it has enough, when it needs none, and when nobody
 * can say.
 *
 * @param to a part is started with what its plan says, and runs on with half of that: else it would be started and stopped again
 * for each file that comes and goes.
 */
export function roomProblem({ room }: PartPlan, to: "start" | "run"): string | undefined {
  if (room === undefined) return undefined;
  const needed = to === "start" ? room.least : room.least / 2;
  for (const folder of room.folders) {
    const left = roomOn(folder);
    if (left !== undefined && left < needed) {
      const [has, needs] = [left, needed].map((bytes) => Math.floor(bytes / mib));
      return `room on the disk of ${folder}, which has ${has} MiB left and needs ${needs}`;
    }
  }
  return undefined;
}

/** Bytes that may still be written where a folder is; undefined when that cannot be told, as where there is no such folder. */
function roomOn(folder: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

/**
 * Makes sure that these parts have the room that they need to start.
 *
 * @throws LabError that names each that has not.
 */
export function checkRoom(parts: readonly PartPlan[]): void {
  const problems = parts.flatMap((part) => {
    const problem = roomProblem(part, "start");
    return problem === undefined ? [] : [`  ${part.name} waits for ${problem}`];
  });
  if (problems.length > 0) {
    throw new LabError(`nothing was started:\n${problems.join("\n")}`, {
      hint: "Make room there, or keep the mesh on another disk: ENVOY_MESH_LAB_STATE=<folder>.",
      exitCode: ExitCode.noRoom,
    });
  }
}
