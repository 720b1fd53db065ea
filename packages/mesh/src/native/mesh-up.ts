import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import type { Lock } from "@envoy-mesh-lab/bootstrap";
import { takeLock } from "@envoy-mesh-lab/bootstrap";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { checkPorts } from "./check-ports.ts";
import { ControlClient, ControlLostError } from "./control-client.ts";
import { launchSupervisor } from "./launch-supervisor.ts";
import { stopMesh } from "./mesh-down.ts";
import type { MeshFolder } from "./mesh-folder.ts";
import { clearMeshFolder, makePrivateFolder, meshFolder, stateRoot } from "./mesh-folder.ts";
import type { MeshModel, MeshSource } from "./mesh-model.ts";
import { loadMesh, selectParts } from "./mesh-model.ts";
import { readMeshStatus } from "./mesh-status.ts";
import type { PartPlan } from "./plan.ts";
import { checkRoom } from "./room.ts";
import type { PartStatus } from "./state.ts";
import type { ConvergeResult } from "./supervisor.ts";
import { validateConfigs, writeConfigs } from "./validate-configs.ts";
import { waitUntilUp } from "./wait-until-up.ts";

/** How to bring a mesh up. */
export interface MeshUpOptions extends MeshSource {
  /** Only these parts and what they depend on; the others are left as they are. Default: all. */
  readonly parts?: readonly string[];
  /** True to leave everything running when a part does not come up. */
  readonly keep?: boolean;
  /** How long the parts may take to come up, in milliseconds. Default: two minutes. */
  readonly timeout?: number;
}

/** A mesh that is up. */
export interface MeshUpResult extends ConvergeResult {
  readonly project: string;
  /** True when a mesh of this name ran already and was brought to what the files say. */
  readonly wasRunning: boolean;
  readonly parts: readonly PartStatus[];
}

const defaultTimeoutMs = 120_000;

/** Brings one mesh up, step by step. */
class MeshUp {
  readonly #options: MeshUpOptions;
  readonly #model: MeshModel;
  readonly #folder: MeshFolder;
  readonly #lock: Lock;
  readonly #startedAt = performance.now();

  constructor(options: MeshUpOptions, model: MeshModel, folder: MeshFolder, lock: Lock) {
    this.#options = options;
    this.#model = model;
    this.#folder = folder;
    this.#lock = lock;
  }

  async run(): Promise<MeshUpResult> {
    const running = await this.#running();
    const known = new Map(running.parts.map((part) => [part.name, part]));
    const plan = this.#model.plan(this.#folder, this.#folder.config);
    const parts = selectParts(plan, this.#options.parts ?? []);
    const changed = parts.filter(({ name, hash }) => known.get(name)?.hash !== hash);
    await this.#prepare(parts, changed, running.parts);
    if (running.client) {
      return this.#converge(running.client, parts, known);
    }
    try {
      return await this.#converge(await this.#launch(), parts, known);
    } catch (error) {
      await this.#cleanUp();
      throw error;
    }
  }

  /** The mesh that runs already. What an ended supervisor left behind is ended first. */
  async #running(): Promise<{ client?: ControlClient; parts: readonly PartStatus[] }> {
    const status = await readMeshStatus(this.#folder);
    const client = status.supervisor === "running" ? await ControlClient.open(this.#folder) : undefined;
    if (client) {
      return { client, parts: status.parts };
    }
    if (status.supervisor !== "none") {
      const { orphans } = await stopMesh(this.#folder);
      if (orphans.length > 0) {
        this.#note(`Ended what an earlier run left without a supervisor: ${orphans.join(", ")}.`);
      }
    }
    return { parts: [] };
  }

  /** All that can go wrong before anything is started or changed. */
  async #prepare(
    parts: readonly PartPlan[],
    changed: readonly PartPlan[],
    running: readonly PartStatus[],
  ): Promise<void> {
    if (changed.length > 0) {
      this.#tick("checking the configurations");
      const candidate = this.#model.plan(this.#folder, this.#folder.candidate);
      const names = new Set(changed.map(({ name }) => name));
      const candidates = candidate.parts.filter(({ name }) => names.has(name));
      await validateConfigs(candidates, this.#folder.candidate, this.#options.signal);
    }
    // A port that this mesh has now is free once the part that has it is stopped. Those of parts in networks are had by the one that
    // makes the networks, also while they are stopped themselves.
    const hasNetworks = existsSync(this.#folder.networks);
    const own = new Set(
      running.flatMap(({ process, ports }) => (process || hasNetworks ? ports.map(({ host }) => host) : [])),
    );
    await checkPorts(
      parts.map((part) => ({ ...part, ports: part.ports.filter(({ host }) => !own.has(host)) })),
    );
    await this.#checkpoint();
    const folders = parts.flatMap((part) => part.folders);
    if (folders.some((path) => path.startsWith(this.#folder.temporary))) {
      await makePrivateFolder(this.#folder.temporary);
    }
    for (const path of [this.#folder.logs, ...folders]) {
      await mkdir(path, { recursive: true });
    }
    checkRoom(parts);
    await writeConfigs(changed);
  }

  async #launch(): Promise<ControlClient> {
    // What an earlier, failed run left to be read; its words would be taken for this one's.
    await rm(this.#folder.logs, { recursive: true, force: true });
    await mkdir(this.#folder.logs, { recursive: true });
    const client = await launchSupervisor(this.#folder);
    await this.#checkpoint();
    return client;
  }

  async #converge(
    client: ControlClient,
    parts: readonly PartPlan[],
    known: ReadonlyMap<string, PartStatus>,
  ): Promise<MeshUpResult> {
    const names = parts.map(({ name }) => name);
    try {
      const partial = (this.#options.parts ?? []).length > 0;
      const result = await client.converge({ files: this.#model.files, parts, partial });
      const isOld = (name: string) => !result.restarted.includes(name) && !result.started.includes(name);
      const restartsBefore = new Map(
        [...known.values()].filter(({ name }) => isOld(name)).map((part) => [part.name, part.restarts]),
      );
      const up = await waitUntilUp(client, {
        parts: names,
        restartsBefore,
        timeout: this.#options.timeout ?? defaultTimeoutMs,
        checkpoint: () => this.#checkpoint(),
        onWait: (waitingFor) => this.#tick(`waiting for ${waitingFor.join(", ")}`),
      });
      return { ...result, project: this.#model.project, wasRunning: known.size > 0, parts: up };
    } catch (error) {
      if (error instanceof ControlLostError) {
        // When it was another command that ended the supervisor, that is what there is to say.
        await this.#checkpoint();
        throw new LabError(error.message, {
          hint: `Its log says why: ${this.#folder.logs}/supervisor.log`,
          exitCode: ExitCode.notReady,
          cause: error,
        });
      }
      throw error;
    }
  }

  async #cleanUp(): Promise<void> {
    const isStopped = this.#options.signal?.aborted || !this.#lock.isHeld();
    if (this.#options.keep && !isStopped) {
      return;
    }
    this.#tick("stopping what was started");
    await stopMesh(this.#folder);
    // Who has the lock now clears the folder.
    if (this.#lock.isHeld()) {
      await clearMeshFolder(this.#folder, { volumes: true, logs: !isStopped });
    }
  }

  async #checkpoint(): Promise<void> {
    if (this.#options.signal?.aborted) {
      throw interrupted();
    }
    if (!this.#lock.isHeld()) {
      throw new LabError("another command stopped this mesh while it came up", {
        hint: "See lab status.",
        exitCode: ExitCode.notReady,
      });
    }
  }

  #note(text: string): void {
    this.#options.onProgress?.({ program: undefined, kind: "note", text, elapsedMs: this.#elapsed() });
  }

  #tick(text: string): void {
    this.#options.onProgress?.({ program: undefined, kind: "tick", text, elapsedMs: this.#elapsed() });
  }

  #elapsed(): number {
    return performance.now() - this.#startedAt;
  }
}

function interrupted(): LabError {
  return new LabError("interrupted; what this command had started is stopped again", {
    hint: "Run it again at any time.",
    exitCode: ExitCode.interrupted,
  });
}

/**
 * Brings a mesh up, or an already running one to what its files say now: changed parts are restarted, removed ones
 * stopped, missing ones started. Returns when all its parts are up.
 *
 * @throws LabError when the compose file is broken (7), a program rejects its configuration (8), a port is taken (6), a
 * part does not come up (9) or `signal` aborts (130). A mesh that this call has started is stopped again then; one that
 * ran before is left running.
 */
export async function meshUp(options: MeshUpOptions): Promise<MeshUpResult> {
  try {
    const model = await loadMesh(options);
    const folder = meshFolder(model.project, stateRoot({ ...process.env, ...options.env }));
    const lock = await takeLock(folder.lock, "lab up", {
      signal: options.signal,
      onWait: ({ purpose, pid }) => {
        const text = `Waiting for "${purpose}" (process ${pid}), which is at work on this mesh.`;
        options.onProgress?.({ program: undefined, kind: "note", text, elapsedMs: 0 });
      },
    });
    try {
      return await new MeshUp(options, model, folder, lock).run();
    } finally {
      const isFresh = (await readMeshStatus(folder)).supervisor === "none";
      lock.release();
      if (isFresh) {
        await clearMeshFolder(folder, { volumes: true, logs: true });
      }
    }
  } catch (error) {
    if (options.signal?.aborted && !(error instanceof LabError)) {
      throw interrupted();
    }
    throw error;
  }
}
