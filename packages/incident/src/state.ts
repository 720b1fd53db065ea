import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { processIdentity } from "@envoy-mesh-lab/bootstrap";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import * as z from "zod";
import type { IncidentFolder } from "./folder.ts";
import { newestFolder } from "./folder.ts";

const processSchema = z.object({ pid: z.number(), identity: z.string() });

const schema = z.object({
  version: z.literal(1),
  seed: z.number(),
  /** How many faults there are. Which, the seed says. */
  faults: z.number(),
  /** Which mesh, and the variables that its ports and parts depend on. */
  project: z.string(),
  env: z.record(z.string(), z.string()),
  /** "quiet": under load, and all is well still; "faulty": with its faults. */
  phase: z.enum(["starting", "quiet", "faulty", "ending", "ended"]),
  /** Who starts or ends it. */
  by: processSchema,
  /** Times are in milliseconds since 1970. */
  startedAt: z.number(),
  faultAt: z.number().optional(),
  endedAt: z.number().optional(),
  /** What was before: so that it can be again. */
  before: z.object({ wasRunning: z.boolean(), hadVolumes: z.boolean(), files: z.array(z.string()) }),
  relayPorts: z.record(z.string(), z.number()),
  /** Links and machines that were replaced by good ones. */
  replaced: z.array(z.string()),
  diagnoses: z.array(
    z.object({
      at: z.number(),
      place: z.string(),
      cause: z.string(),
      verdict: z.enum(["right", "half", "wrong"]),
    }),
  ),
});
/** What is known of an incident, but for what its ledger has. */
export type IncidentState = z.infer<typeof schema>;

/** An incident and where it is kept. */
export interface Incident {
  readonly folder: IncidentFolder;
  readonly state: IncidentState;
}

/** This process, as others say whether it still runs. */
export function thisProcess(): IncidentState["by"] {
  return { pid: process.pid, identity: processIdentity(process.pid) ?? "" };
}

/** Whether a process still runs. */
export function runs({ pid, identity }: IncidentState["by"]): boolean {
  return processIdentity(pid) === identity;
}

/** Writes a file in one step: who reads it meanwhile sees the old text or the new one. */
export function writeJson(path: string, value: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.${process.pid}`, `${JSON.stringify(value, null, 2)}\n`);
  renameSync(`${path}.${process.pid}`, path);
}

export function writeState({ state }: IncidentFolder, value: IncidentState): void {
  writeJson(state, value);
}

/** @throws {LabError} (exit code `usage`) when the file is none that the lab wrote. */
export function readState({ root, state }: IncidentFolder): IncidentState {
  try {
    return schema.parse(JSON.parse(readFileSync(state, "utf8")));
  } catch (error) {
    throw new LabError(`cannot read ${state}: ${(error as Error).message}`, {
      exitCode: ExitCode.usage,
      hint: `\`lab down\` and \`lab up\` bring the mesh back to its own files; then remove ${root}`,
    });
  }
}

/** The newest incident, going on or ended; undefined when there was none. */
export function newestIncident(): Incident | undefined {
  const folder = newestFolder();
  return folder && { folder, state: readState(folder) };
}

/** The incident that goes on; undefined when none does. */
export function currentIncident(): Incident | undefined {
  const newest = newestIncident();
  return newest?.state.phase === "ended" ? undefined : newest;
}

/** @throws {LabError} (exit code `notRunning`) when no incident goes on. */
export function requireIncident(): Incident {
  const found = currentIncident();
  if (found === undefined) {
    throw new LabError("no incident goes on", {
      exitCode: ExitCode.notRunning,
      hint: "`lab incident start` begins one; `lab incident debrief` tells of the last",
    });
  }
  return found;
}

/** The keeper's process, when it has one that runs. */
export function keeperOf({ keeper }: IncidentFolder): IncidentState["by"] | undefined {
  if (!existsSync(keeper)) return undefined;
  const found = processSchema.safeParse(JSON.parse(readFileSync(keeper, "utf8")));
  return found.success && runs(found.data) ? found.data : undefined;
}
