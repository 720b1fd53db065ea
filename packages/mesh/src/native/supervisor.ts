import { randomUUID } from "node:crypto";
import { renameSync, writeFileSync } from "node:fs";
import type { MeshFolder } from "./mesh-folder.ts";
import { logPath } from "./mesh-folder.ts";
import { Part } from "./part.ts";
import type { Dependency, PartPlan } from "./plan-types.ts";
import type { ProcessId } from "./processes.ts";
import { roomProblem } from "./room.ts";
import type { MeshState } from "./state.ts";

/** What is to run. */
export interface ConvergeRequest {
  readonly files: readonly string[];
  /** In an order in which each part comes after those it depends on. */
  readonly parts: readonly PartPlan[];
  /** True to leave the parts alone that are not in the list; else they are stopped and forgotten. */
  readonly partial: boolean;
}

/** What was done to make it so, by part. */
export interface ConvergeResult {
  readonly started: readonly string[];
  readonly restarted: readonly string[];
  /** Those of the restarted that are what they were, but were up and not ready. */
  readonly unready: readonly string[];
  readonly removed: readonly string[];
  readonly unchanged: readonly string[];
}

/** Runs the parts of one mesh: starts them in the order of their dependencies, keeps them, stops them in reverse. */
export class Supervisor {
  readonly #folder: MeshFolder;
  readonly #self: ProcessId;
  readonly #runId = randomUUID();
  readonly #parts = new Map<string, Part>();
  #files: readonly string[] = [];
  #isClosing = false;
  #isSaved = true;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(folder: MeshFolder, self: ProcessId) {
    this.#folder = folder;
    this.#self = self;
    this.#save();
  }

  get state(): MeshState {
    return {
      project: this.#folder.project,
      runId: this.#runId,
      supervisor: this.#self,
      files: [...this.#files],
      parts: [...this.#parts.values()].map((part) => part.status),
    };
  }

  get logs(): string[] {
    return [...this.#parts.keys()].map((name) => logPath(this.#folder, name));
  }

  /** Makes the mesh what the request says: stops what is gone, restarts what changed, starts what does not run. */
  converge(request: ConvergeRequest): Promise<ConvergeResult> {
    return this.#inTurn(async () => {
      const wanted = new Map(request.parts.map((plan) => [plan.name, plan]));
      const current = [...this.#parts.values()];
      const removed = request.partial ? [] : current.filter(({ plan }) => !wanted.has(plan.name));
      const unready = await this.#findUnready(current.filter(({ plan }) => wanted.has(plan.name)));
      const changed = current.filter((part) => {
        const next = wanted.get(part.plan.name);
        return next !== undefined && (next.hash !== part.plan.hash || unready.includes(part));
      });
      const isSame = ({ plan }: Part) => wanted.get(plan.name)?.hash === plan.hash;
      await this.#stop([...removed, ...changed]);
      for (const { plan } of removed) {
        this.#parts.delete(plan.name);
      }
      const isRunning = (part: Part | undefined) =>
        part !== undefined && part.state !== "stopped" && part.state !== "exited";
      const started = request.parts.filter(({ name }) => !isRunning(this.#parts.get(name)));
      for (const plan of started) {
        this.#parts.set(plan.name, this.#part(plan));
      }
      this.#files = request.files;
      this.#advance();
      const restarted = changed.map(({ plan }) => plan.name);
      await this.#restartDependents(restarted);
      const begun = started.map(({ name }) => name).filter((name) => !restarted.includes(name));
      const touched = new Set([...begun, ...restarted]);
      return {
        started: begun,
        restarted,
        unready: unready.filter(isSame).map(({ plan }) => plan.name),
        removed: removed.map(({ plan }) => plan.name),
        unchanged: [...wanted.keys()].filter((name) => !touched.has(name)),
      };
    });
  }

  /** Asks every part now whether it is ready. */
  async look(): Promise<void> {
    await Promise.all([...this.#parts.values()].map((part) => part.look()));
  }

  /** Stops one part; it stays stopped until a command starts it. False when there is no such part. */
  stopPart(name: string, signal?: NodeJS.Signals): Promise<boolean> {
    return this.#inTurn(async () => {
      const part = this.#parts.get(name);
      await part?.stop(signal);
      return part !== undefined;
    });
  }

  /** Starts one part, once its dependencies allow it. */
  startPart(name: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const part = this.#parts.get(name);
      this.#queueStart(part);
      return part !== undefined;
    });
  }

  /** Stops and starts one part, and those that ask to be restarted with it. */
  restartPart(name: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const part = this.#parts.get(name);
      await part?.stop();
      this.#queueStart(part);
      await this.#restartDependents([name]);
      return part !== undefined;
    });
  }

  /** Sends a signal to one part, as if from outside; its restart policy applies. False when it does not run. */
  killPart(name: string, signal: NodeJS.Signals): boolean {
    return this.#parts.get(name)?.kill(signal) ?? false;
  }

  /** Writes down what could not be written when it changed. */
  saveAgain(): void {
    if (!this.#isSaved) this.#save();
  }

  /**
   * Looks whether the disks of the parts have the room that they need. A part is stopped while it can still write, rather than left
   * to lose what it says that it has; it starts again when there is room.
   */
  async keepRoom(): Promise<void> {
    for (const part of this.#parts.values()) {
      if (part.isUp && roomProblem(part.plan, "run") !== undefined) {
        await this.#inTurn(() => part.stopUntilRoom());
      }
    }
    this.#advance();
  }

  has(name: string): boolean {
    return this.#parts.has(name);
  }

  /** Stops every part, each after those that depend on it. Nothing is started any more. */
  async shutdown(): Promise<void> {
    this.#isClosing = true;
    await this.#stop([...this.#parts.values()]);
    // A command that was under way may have started a part after its stop.
    await this.#queue;
    await this.#stop([...this.#parts.values()]);
  }

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(action);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  #part(plan: PartPlan): Part {
    const onChange = () => this.#changed();
    return new Part(plan, { runId: this.#runId, log: logPath(this.#folder, plan.name), onChange });
  }

  /** The parts that are up and fail two probes in a row; one alone may be late on a busy machine. */
  async #findUnready(parts: readonly Part[]): Promise<readonly Part[]> {
    await Promise.all(parts.map((part) => part.look()));
    const failing = parts.filter((part) => part.isUnready);
    await Promise.all(failing.map((part) => part.look()));
    return failing.filter((part) => part.isUnready);
  }

  #queueStart(part: Part | undefined): void {
    if (part && (part.state === "stopped" || part.state === "exited")) {
      part.wait();
    }
  }

  async #restartDependents(names: readonly string[]): Promise<void> {
    const dependents = [...this.#parts.values()].filter(
      ({ plan }) =>
        !names.includes(plan.name) &&
        plan.dependsOn.some(({ name, restart }) => restart && names.includes(name)),
    );
    await this.#stop(dependents);
    for (const part of dependents) {
      this.#queueStart(part);
    }
  }

  /** Stops parts, each after those of them that depend on it. */
  async #stop(parts: readonly Part[]): Promise<void> {
    const stops = new Map<Part, Promise<void>>();
    const stop = (part: Part): Promise<void> => {
      const known = stops.get(part);
      if (known) {
        return known;
      }
      const dependents = parts.filter(({ plan }) =>
        plan.dependsOn.some(({ name }) => name === part.plan.name),
      );
      const stopped = Promise.all(dependents.map(stop)).then(() => part.stop());
      stops.set(part, stopped);
      return stopped;
    };
    await Promise.all(parts.map(stop));
  }

  #changed(): void {
    this.#save();
    // Later, so that a part's change is complete before it starts others.
    setImmediate(() => this.#advance());
  }

  /** Starts every waiting part whose dependencies are as it wants them. */
  #advance(): void {
    if (this.#isClosing) {
      return;
    }
    for (const part of this.#parts.values()) {
      if (part.state !== "waiting") {
        continue;
      }
      const open = part.plan.dependsOn.filter((dependency) => !this.#isMet(dependency));
      const noRoom = roomProblem(part.plan, "start");
      if (open.length > 0) {
        part.waitFor(open.map(({ name, condition }) => `${name} (${condition})`).join(", "));
      } else if (noRoom !== undefined) {
        part.waitFor(noRoom);
      } else {
        part.start();
      }
    }
  }

  #isMet({ name, condition }: Dependency): boolean {
    const part = this.#parts.get(name);
    switch (condition) {
      case "service_started":
        return part !== undefined && part.state !== "waiting";
      case "service_healthy":
        return part?.state === "healthy";
      case "service_completed_successfully":
        return part?.isCompleted === true;
    }
  }

  /**
   * At once and not in the background: who finds the supervisor killed finds in the file what it had started. A file that
   * cannot be written, as on a full disk, must not end who keeps the mesh; commands are answered from memory.
   */
  #save(): void {
    const draft = `${this.#folder.state}.draft`;
    try {
      writeFileSync(draft, JSON.stringify(this.state, undefined, 2));
      renameSync(draft, this.#folder.state);
      this.#isSaved = true;
    } catch (error) {
      if (this.#isSaved) console.error("cannot write down how the mesh is, and will try again:", error);
      this.#isSaved = false;
    }
  }
}
