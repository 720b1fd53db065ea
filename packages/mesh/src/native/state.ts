import { readFile } from "node:fs/promises";
import { LabError } from "@envoy-mesh-lab/trace";
import { z } from "zod";
import type { MeshFolder } from "./mesh-folder.ts";
import { signalSchema } from "./part-plan-schema.ts";
import { identify } from "./processes.ts";

const processId = z.object({ pid: z.number(), startTime: z.string().transform(withBoot) });

/** Lab 0.1.0 wrote a start time without its boot, and a mesh that it brought up may still run. */
function withBoot(startTime: string): string {
  const boot = identify(process.pid)?.startTime.split(":")[0];
  return /^\d+$/.test(startTime) ? `${boot}:${startTime}` : startTime;
}

const partStatus = z.object({
  name: z.string(),
  program: z.string(),
  version: z.string(),
  state: z.enum([
    "waiting",
    "starting",
    "running",
    "healthy",
    "unhealthy",
    "restarting",
    "stopping",
    "stopped",
    "exited",
    "orphaned",
  ]),
  /** Why it is in this state, where there is more to say. */
  detail: z.string().optional(),
  process: processId.optional(),
  /** Of a part that is up: since when its probes fail, as an ISO 8601 time. */
  notReadySince: z.string().optional(),
  exitCode: z.number().optional(),
  exitSignal: z.string().optional(),
  /** How often it was started again after it ended by itself. */
  restarts: z.number(),
  ports: z.array(z.object({ container: z.number(), host: z.number(), published: z.boolean() })),
  dependsOn: z.array(z.string()),
  log: z.string(),
  stopSignal: signalSchema,
  /** Milliseconds between the stop signal and SIGKILL. */
  stopGrace: z.number(),
  hash: z.string(),
});

const meshState = z.object({
  project: z.string(),
  runId: z.string(),
  supervisor: processId,
  /** The compose files that the mesh was last brought up from. */
  files: z.array(z.string()),
  parts: z.array(partStatus),
});

/** How one part is. */
export type PartStatus = z.infer<typeof partStatus>;

/** How a mesh is: what its supervisor says and, for when it no longer can, what it last wrote down. */
export type MeshState = z.infer<typeof meshState>;

export { meshState as meshStateSchema };

/**
 * What the supervisor of a mesh last wrote down; undefined when there is no such mesh.
 *
 * @throws LabError when the file is not what a supervisor writes.
 */
export async function readState(folder: MeshFolder): Promise<MeshState | undefined> {
  let text: string;
  try {
    text = await readFile(folder.state, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
  try {
    return meshState.parse(JSON.parse(text));
  } catch (error) {
    throw new LabError(
      `${folder.state} is damaged: ${error instanceof Error ? error.message : String(error)}`,
      {
        hint: "End the mesh's processes by hand, then remove the folder that the file is in.",
        cause: error,
      },
    );
  }
}
