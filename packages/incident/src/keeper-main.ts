import { rmSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { readMesh } from "@envoy-mesh-lab/mesh";
import type { RelayPorts } from "./deploy.ts";
import { endIncident } from "./end.ts";
import { folderOf } from "./folder.ts";
import { Keeper } from "./keeper.ts";
import { longestMs } from "./load.ts";
import { standing } from "./standing.ts";
import type { IncidentState } from "./state.ts";
import { readState, runs, thisProcess, writeJson } from "./state.ts";

// Usage: node keeper-main.ts <folder of the incident>. Started by `lab incident start`, in the background; it ends with the incident,
// when its time is up, and when whoever starts or ends it is gone before that is done.

const pollMs = 250;

const folder = folderOf(process.argv[2] ?? "");
const first = readState(folder);
const shift = Number(first.env.LAB_PORT_SHIFT || 0);
const keeper = await Keeper.open(folder, first.relayPorts as RelayPorts, shift);
const stopped = new AbortController();
let running: Promise<void> | undefined;
let told = "";

// It outlives the terminal that it was started from.
process.on("SIGHUP", () => undefined);
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stopped.abort());
writeJson(folder.keeper, thisProcess());

/** Has everything be as the state says. */
async function follow(state: IncidentState): Promise<void> {
  if (state.phase === "quiet" || state.phase === "faulty") {
    const mesh = running ? undefined : await readMesh({ project: state.project });
    running ??= keeper.run({ edge: mesh?.urls.edge ?? "", tempo: mesh?.urls.tempo ?? "" }, stopped.signal);
  }
  const now = JSON.stringify([state.phase, state.replaced]);
  if (state.phase !== "faulty" || now === told) return;
  keeper.surround(standing(state));
  if (told === "") keeper.begin(state.faultAt ?? Date.now());
  told = now;
}

const isMine = ({ phase }: IncidentState) => phase !== "ending" && phase !== "ended";
let why: "time" | "starter" | "signal" | undefined;
for (;;) {
  const state = readState(folder);
  if (!isMine(state)) break;
  if (stopped.signal.aborted) why = "signal";
  else if (Date.now() > state.startedAt + longestMs) why = "time";
  else if (state.phase !== "faulty" && !runs(state.by)) why = "starter";
  if (why) break;
  await follow(state);
  await delay(pollMs);
}
stopped.abort();
await running;
keeper.close();
// Who ends the incident waits for this.
rmSync(folder.keeper, { force: true });
let state = readState(folder);
while (why === undefined && state.phase === "ending" && runs(state.by)) {
  await delay(pollMs);
  state = readState(folder);
}
// Nobody does, or whoever did was killed.
if (state.phase !== "ended") await endIncident({ folder, state }, why ?? "starter");
