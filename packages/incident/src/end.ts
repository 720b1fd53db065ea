import { rmSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { UpOptions } from "@envoy-mesh-lab/mesh";
import { isRunning } from "@envoy-mesh-lab/mesh";
import { runtimeOf } from "./deploy.ts";
import { note } from "./ledger.ts";
import type { Incident } from "./state.ts";
import { keeperOf, thisProcess, writeState } from "./state.ts";

/** How long the keeper may take to end what is under way, in milliseconds. */
const keeperMs = 10_000;
const pollMs = 100;

const reasons = {
  stop: "you ended it",
  time: "its time was up",
  starter: "the command that started it was ended",
  signal: "its keeper was told to end",
  failed: "it could not be started",
} as const;
/** Why an incident ends. */
export type EndReason = keyof typeof reasons;

/** What was done with the mesh. */
export type Restored = "as it was" | "down" | "left down";

/**
 * Ends an incident: its load, its keeper and its faults, and brings the mesh back to what it was before. Can be done again when it
 * was interrupted.
 */
export async function endIncident(
  { folder, state }: Incident,
  why: EndReason,
  options: Pick<UpOptions, "signal" | "onProgress"> = {},
): Promise<Restored> {
  const endedAt = state.endedAt ?? Date.now();
  if (state.endedAt === undefined) note(folder.ledger, "end", reasons[why], endedAt);
  writeState(folder, { ...state, phase: "ending", endedAt, by: thisProcess() });
  await endKeeper({ folder, state });
  const { before } = state;
  const runtime = await runtimeOf(state, before.wasRunning ? before.files : []);
  const runsNow = isRunning(await runtime.status());
  let restored: Restored = before.wasRunning ? "left down" : "down";
  if (runsNow && before.wasRunning) {
    await runtime.up(options);
    restored = "as it was";
  } else if (!before.wasRunning) {
    await runtime.down({ volumes: !before.hadVolumes });
  }
  for (const it of [folder.deployed, folder.override, folder.machines, folder.keeper]) {
    rmSync(it, { recursive: true, force: true });
  }
  writeState(folder, { ...state, phase: "ended", endedAt, by: thisProcess() });
  return restored;
}

/** Waits for the keeper, which sees that the incident ends; one that does not is killed. */
async function endKeeper({ folder }: Incident): Promise<void> {
  const deadline = Date.now() + keeperMs;
  for (let it = keeperOf(folder); it && it.pid !== process.pid; it = keeperOf(folder)) {
    if (Date.now() > deadline) process.kill(it.pid, "SIGKILL");
    await delay(pollMs);
  }
}
