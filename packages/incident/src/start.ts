import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { repoRoot, withLock } from "@envoy-mesh-lab/bootstrap";
import type { MeshView, Runtime, UpOptions } from "@envoy-mesh-lab/mesh";
import { findRuntime, isIstio, isRunning, isWell, meshFolder, readMesh } from "@envoy-mesh-lab/mesh";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import type { Alert } from "./alerts.ts";
import { alertsOf, isOver, slowAfter, windowAt } from "./alerts.ts";
import type { RelayPorts } from "./deploy.ts";
import { deploy } from "./deploy.ts";
import { draw } from "./draw.ts";
import { endIncident } from "./end.ts";
import { lockFile, newFolder } from "./folder.ts";
import { note, readLedger } from "./ledger.ts";
import { links } from "./parts.ts";
import type { CallRecord } from "./record.ts";
import { release, writeRelease } from "./release.ts";
import type { Incident, IncidentState } from "./state.ts";
import { currentIncident, keeperOf, readState, runs, thisProcess, writeState } from "./state.ts";

/** How an incident is to be. */
export interface StartOptions extends Pick<UpOptions, "onProgress"> {
  readonly seed: number;
  /** How many faults. */
  readonly faults: number;
  readonly signal: AbortSignal;
  /** Told what is done next. */
  readonly onStep: (text: string) => void;
}

const keeperMain = fileURLToPath(new URL("keeper-main.ts", import.meta.url));
const pollMs = 200;
/** How long things may take, in milliseconds: a busy machine is slow, and calls fail for some seconds after a restart. */
const patience = { keeper: 20_000, quiet: 60_000, alert: 90_000 };
/** How long the pager collects alerts once the first has come, in milliseconds. */
const collectMs = 2_000;

/** The variables that a mesh's ports, parts and folder depend on. */
const variables = [
  "LAB_PORT_SHIFT",
  "EDGE_PORT",
  "TEMPO_PORT",
  "PAGE_PORT",
  "COMPOSE_PROFILES",
  "ENVOY_MESH_LAB_STATE",
];

/**
 * Begins an incident in the mesh that commands mean: brings up a release of its services, makes calls, and once all is well puts the
 * faults in. Comes back when the pager rings. Whatever ends it before that leaves the mesh as it was.
 *
 * @throws {LabError} when an incident goes on, the mesh is not well, or runs in Docker.
 */
export async function startIncident(
  options: StartOptions,
): Promise<{ incident: Incident; alerts: readonly Alert[] }> {
  const incident = await withLock(lockFile(), "lab incident start", () => prepare(options));
  try {
    return await begin(incident, options);
  } catch (error) {
    options.onStep("bringing the mesh back to what it was");
    const state = readState(incident.folder);
    // Another command may be ending it already.
    const isEnded = state.phase === "ended" || (state.phase === "ending" && runs(state.by));
    if (!isEnded) await endIncident({ ...incident, state }, "failed");
    // Of one that was broken off nobody has anything; what failed has a log.
    if (options.signal.aborted) rmSync(incident.folder.root, { recursive: true, force: true });
    throw error;
  }
}

/** All that can be said before anything is changed; then the state, so that whoever comes next knows. */
async function prepare({ seed, faults }: StartOptions): Promise<Incident> {
  const going = currentIncident();
  if (going) throw describeGoing(going);
  const runtime = await findRuntime();
  const status = await runtime.status({ fresh: true });
  const wasRunning = isRunning(status);
  assertOfOurOwn(runtime, wasRunning && isIstio(await readMesh()));
  if (wasRunning) assertWell(status);
  const folder = newFolder(seed);
  const env = variables.flatMap((name) => (process.env[name] ? [[name, process.env[name]] as const] : []));
  const state: IncidentState = {
    version: 1,
    seed,
    faults,
    project: runtime.project,
    env: Object.fromEntries(env),
    phase: "starting",
    by: thisProcess(),
    startedAt: Date.now(),
    before: {
      wasRunning,
      hadVolumes: existsSync(meshFolder(runtime.project).volumes),
      files: [...(status.files ?? [])],
    },
    relayPorts: Object.fromEntries(
      await Promise.all(Object.keys(links).map(async (it) => [it, await freePort()])),
    ),
    replaced: [],
    diagnoses: [],
  };
  writeRelease(folder.root, release([]));
  writeState(folder, state);
  return { folder, state };
}

/** What to say to who starts a second one. */
function describeGoing({ folder, state }: Incident): LabError {
  const minutes = Math.floor((Date.now() - state.startedAt) / 60_000);
  const isStarting = state.phase === "starting" || state.phase === "quiet";
  const isAlive = runs(state.by);
  const what = isStarting
    ? `an incident with seed ${state.seed} is being started`
    : state.phase === "ending"
      ? `the incident with seed ${state.seed} is being ended`
      : `an incident with seed ${state.seed} goes on in the mesh ${state.project}, since ${minutes} min`;
  const gone = state.phase !== "faulty" && !isAlive ? ", by a command that was killed" : "";
  const dead = state.phase === "faulty" && !keeperOf(folder) ? "; its load was killed" : "";
  return new LabError(`${what}${gone}${dead}`, {
    exitCode: ExitCode.usage,
    hint: "`lab incident status` shows it; `lab incident stop` ends it and brings the mesh back",
  });
}

/** @throws {LabError} (exit code `usage`) when the mesh is not a native one of our own Envoys, which alone the faults know. */
export function assertOfOurOwn({ name, project }: Pick<Runtime, "name" | "project">, inIstio: boolean): void {
  const place = { native: inIstio ? "Istio" : undefined, docker: "Docker", kubernetes: "Kubernetes" }[name];
  if (place === undefined) return;
  throw new LabError(
    `the mesh ${project} is in ${place}, and incidents happen to a native one of the lab's own Envoys`,
    {
      exitCode: ExitCode.usage,
      hint: "`lab down` ends it; or give the incident a mesh beside it: COMPOSE_PROJECT_NAME=outage LAB_PORT_SHIFT=1000 lab incident start",
    },
  );
}

/** @throws {LabError} (exit code `notReady`) when a part of the mesh is not well: there would be one fault too many. */
function assertWell({ project, supervisor, parts }: MeshView): void {
  const unwell = parts.filter((it) => !isWell(it));
  if (supervisor === "running" && unwell.length === 0) return;
  const which = unwell.map(({ name, state }) => `${name} (${state})`).join(", ");
  throw new LabError(
    which
      ? `the mesh ${project} is not well before it begins: ${which}`
      : `the supervisor of ${project} is gone`,
    {
      exitCode: ExitCode.notReady,
      hint: "mend it first: `lab up` brings it to what its files say, and `lab logs` says why if that does not help",
    },
  );
}

async function begin(incident: Incident, options: StartOptions) {
  const { folder, state } = incident;
  const { signal, onStep } = options;
  const change = (more: Partial<IncidentState>) => {
    const now = readState(folder);
    if (now.phase === "ending" || now.phase === "ended") throw endedMeanwhile();
    writeState(folder, { ...now, ...more });
  };
  const put = async (progress: Pick<UpOptions, "onProgress">) => {
    await deploy(folder, state, state.relayPorts as RelayPorts, { signal, ...progress });
    signal.throwIfAborted();
  };
  onStep("bringing up a release of the café's services");
  await launchKeeper(incident, signal);
  await put(options);
  onStep("making calls while all is well");
  change({ phase: "quiet" });
  await waitUntil(signal, patience.quiet, () => {
    const records = readLedger(folder.ledger);
    return isOver(windowAt(records, Date.now()), Number.POSITIVE_INFINITY);
  }).catch((error: unknown) => {
    if (error !== tooLong) throw error;
    throw new LabError("calls do not go well although nothing is broken yet", {
      exitCode: ExitCode.notReady,
      hint: "the machine may be too busy; `lab up`, `lab load --rate 8` and `lab check last` say what the mesh is like",
    });
  });
  onStep("something happens");
  const { faults, others } = draw(state.seed, state.faults);
  const edits = faults.flatMap(({ change: it }) => ("edits" in it ? it.edits : []));
  writeRelease(folder.root, release([...others, ...edits]));
  // Without progress: which parts are waited for would tell.
  await put({});
  const faultAt = Date.now();
  change({ phase: "faulty", faultAt });
  note(folder.ledger, "fault", "it began", faultAt);
  onStep("waiting for the pager");
  const alerts = await waitUntil(signal, patience.alert, () => {
    const found = alertsNow(incident, faultAt);
    return found.length > 0 ? found : undefined;
  }).catch((error: unknown) => {
    if (error !== tooLong) throw error;
    return [];
  });
  if (alerts.length > 0) await delay(collectMs, undefined, { signal });
  return {
    incident: { folder, state: readState(folder) },
    alerts: alerts.length > 0 ? alertsNow(incident, faultAt) : [],
  };
}

/** The alerts that ring now. */
function alertsNow({ folder }: Pick<Incident, "folder">, faultAt: number): readonly Alert[] {
  const records = readLedger(folder.ledger);
  const healthy = records.filter((it): it is CallRecord => it.is === "call" && it.at < faultAt);
  return alertsOf(windowAt(records, Date.now(), faultAt), slowAfter(healthy));
}

/** Starts the keeper, and waits until its relays listen. */
async function launchKeeper({ folder, state }: Incident, signal: AbortSignal): Promise<void> {
  mkdirSync(dirname(folder.keeperLog), { recursive: true });
  const log = openSync(folder.keeperLog, "a");
  const child = spawn(process.execPath, [keeperMain, folder.root], {
    cwd: repoRoot,
    env: { ...process.env, ...state.env, COMPOSE_PROJECT_NAME: state.project },
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  child.unref();
  await waitUntil(signal, patience.keeper, () => {
    if (child.exitCode !== null) throw tooLong;
    return keeperOf(folder) !== undefined;
  }).catch((error: unknown) => {
    if (error !== tooLong) throw error;
    throw new LabError("what makes the calls of the incident does not start", {
      exitCode: ExitCode.notReady,
      hint: `its log says why: ${folder.keeperLog}`,
    });
  });
}

/** What `waitUntil` throws when it took too long. */
const tooLong = new Error("it took too long");

async function waitUntil<T>(signal: AbortSignal, ms: number, look: () => T | false | undefined): Promise<T> {
  for (const deadline = Date.now() + ms; Date.now() < deadline; ) {
    signal.throwIfAborted();
    const found = look();
    if (found !== undefined && found !== false) return found;
    await delay(pollMs);
  }
  throw tooLong;
}

function endedMeanwhile(): LabError {
  return new LabError("the incident was ended while it was being started", {
    exitCode: ExitCode.interrupted,
    hint: "`lab incident start` begins another",
  });
}

/** A port that nobody has now. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
