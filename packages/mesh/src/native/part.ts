import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { drainEnvoy } from "./drain.ts";
import type { Health } from "./health.ts";
import { afterProbe, firstProbeDelay, isGivenUp, isUnready, probeDelay, unprobed } from "./health.ts";
import type { PartPlan } from "./plan.ts";
import { runProbe } from "./probe.ts";
import type { ProcessId } from "./processes.ts";
import { groupOf, identify, partMark, runMark, signal } from "./processes.ts";
import { judgeRefusals, readRefusals } from "./refusals.ts";
import { recoveredAfterMs, restartDelay } from "./restart-policy.ts";
import type { PartStatus } from "./state.ts";

/** What a part needs of the supervisor. */
export interface PartContext {
  readonly runId: string;
  readonly log: string;
  readonly onChange: () => void;
  /** How long the part may be up and not ready before it is restarted, in milliseconds. Default: a minute. */
  readonly notReadyLimit?: number;
}

type State = Exclude<PartStatus["state"], "orphaned">;

const noSuchProgram = 127;

/** One service as a process: starts, probes, restarts and stops it. */
export class Part {
  readonly #context: PartContext;
  readonly plan: PartPlan;
  #state: State = "waiting";
  #detail = "";
  #process: ProcessId | undefined;
  #exit: { code?: number; signal?: string } = {};
  #restarts = 0;
  #restartsInARow = 0;
  #startedAt = 0;
  #health: Health = unprobed;
  /** Why its process is being ended in order to start another one. */
  #givenUp: string | undefined;
  #probing: { readonly pid: number | undefined; readonly done: Promise<void> } | undefined;
  /** What it had refused when it was probed last. */
  #refused = 0;
  #timer: NodeJS.Timeout | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(plan: PartPlan, context: PartContext) {
    this.plan = plan;
    this.#context = context;
  }

  get state(): State {
    return this.#state;
  }

  /** True while its process runs, and nobody has told it to end. */
  get isUp(): boolean {
    return this.#process !== undefined && this.#state !== "stopping";
  }

  get isCompleted(): boolean {
    return this.#state === "exited" && this.#exit.code === 0;
  }

  /** True when it is up and its last probe failed. */
  get isUnready(): boolean {
    return this.#process !== undefined && isUnready(this.#health);
  }

  get status(): PartStatus {
    const { name, program, version, ports, dependsOn, stopSignal, stopGrace, hash } = this.plan;
    return {
      name,
      program,
      version,
      state: this.#state,
      ...(this.#detail ? { detail: this.#detail } : {}),
      ...(this.#process ? { process: this.#process } : {}),
      ...(this.isUnready ? { notReadySince: this.#notReadySince() } : {}),
      ...(this.#exit.code === undefined ? {} : { exitCode: this.#exit.code }),
      ...(this.#exit.signal === undefined ? {} : { exitSignal: this.#exit.signal }),
      restarts: this.#restarts,
      ports: [...ports],
      dependsOn: dependsOn.map((dependency) => dependency.name),
      log: this.#context.log,
      stopSignal,
      stopGrace,
      hash,
    };
  }

  /** Puts an ended part in the queue of those that are to be started. */
  wait(): void {
    this.#restartsInARow = 0;
    this.#enter("waiting", "");
  }

  /** Says what a waiting part waits for. */
  waitFor(reason: string): void {
    if (this.#state === "waiting" && this.#detail !== reason) {
      this.#enter("waiting", reason);
    }
  }

  /** Looks now, and not only when it is due, whether it is ready. */
  async look(): Promise<void> {
    const child = this.#process;
    if (child && this.plan.health && (this.#state === "healthy" || this.#state === "unhealthy")) {
      await this.#probe(child.pid);
    }
  }

  /** Starts the process; does nothing while one runs. */
  start(): void {
    if (this.#process) {
      return;
    }
    clearTimeout(this.#timer);
    const [program = "", ...args] = [...(this.plan.within ?? []), ...this.plan.argv];
    const output = openSync(this.#context.log, "a");
    // The marks let the processes of this run be found again when the supervisor is gone.
    const env = { ...this.plan.env, [runMark]: this.#context.runId, [partMark]: this.plan.name };
    const child = spawn(program, args, {
      cwd: this.plan.cwd,
      env,
      detached: true,
      stdio: ["ignore", output, output],
    });
    closeSync(output);
    this.#exit = {};
    this.#health = unprobed;
    this.#givenUp = undefined;
    this.#refused = 0;
    this.#startedAt = performance.now();
    this.#process = child.pid === undefined ? undefined : identify(child.pid);
    this.#ended = new Promise((resolve) => {
      this.#watch(child, resolve);
    });
    this.#enter(this.plan.health ? "starting" : "running", "");
    if (this.plan.health) {
      this.#timer = setTimeout(() => void this.#probe(child.pid), firstProbeDelay(this.plan.health));
    }
  }

  /**
   * Stops the process and whatever it started: the signal, then SIGKILL after the grace period. Also ends waiting and
   * restarting. Done when nothing of it runs any more. With its own stop signal, what can be emptied is emptied before, for up
   * to half of the grace period.
   */
  async stop(name: NodeJS.Signals = this.plan.stopSignal): Promise<void> {
    clearTimeout(this.#timer);
    const running = this.#process;
    if (!running) {
      this.#enter("stopped", "");
      return;
    }
    if (this.#state === "stopping") {
      // Some programs take a second stop signal as an order to drop everything.
      await this.#ended;
      return;
    }
    if (this.#givenUp !== undefined) {
      this.#enter("stopping", "");
      await this.#ended;
      return;
    }
    this.#enter("stopping", "");
    const { drain, stopSignal, stopGrace } = this.plan;
    const began = performance.now();
    if (drain !== undefined && name === stopSignal) {
      await drainEnvoy(drain, stopGrace / 2);
    }
    await this.#endProcess(running, name, stopGrace - (performance.now() - began));
  }

  /** Stops it, and has it wait to be started again. Does nothing when somebody stopped it before. */
  async stopUntilRoom(): Promise<void> {
    if (this.isUp) {
      await this.stop();
      this.wait();
    }
  }

  /** Sends a signal as if from outside: if it ends the part, the restart policy applies. False when nothing runs. */
  kill(name: NodeJS.Signals): boolean {
    return this.#process !== undefined && signal(this.#process, name);
  }

  /** Signals, and kills what of it still runs after `grace` milliseconds. */
  async #endProcess(running: ProcessId, name: NodeJS.Signals, grace: number): Promise<void> {
    signal(running, name);
    const deadline = setTimeout(() => {
      for (const id of [running, ...groupOf(running)]) {
        signal(id, "SIGKILL");
      }
    }, grace);
    await this.#ended;
    clearTimeout(deadline);
  }

  #notReadySince(): string {
    const age = performance.now() - this.#startedAt;
    return new Date(Date.now() - age + (this.#health.failingSince ?? age)).toISOString();
  }

  #enter(state: State, detail: string): void {
    this.#state = state;
    this.#detail = detail;
    this.#context.onChange();
  }

  #watch(child: ChildProcess, resolve: () => void): void {
    child.once("error", (error) => {
      // Emitted without "exit" when the program could not be started at all.
      if (child.pid === undefined) {
        this.#end(noSuchProgram, null, error.message);
        resolve();
      }
    });
    child.once("exit", (code, name) => {
      const leader = this.#process;
      for (const id of leader ? groupOf(leader) : []) {
        signal(id, "SIGKILL");
      }
      this.#end(code, name, "");
      resolve();
    });
  }

  #end(code: number | null, name: NodeJS.Signals | null, detail: string): void {
    clearTimeout(this.#timer);
    this.#process = undefined;
    this.#exit = code === null ? { signal: name ?? "" } : { code };
    if (this.#state === "stopping") {
      this.#enter("stopped", detail);
      return;
    }
    const givenUp = this.#givenUp;
    // One that ran for long, but was not ready, has not recovered.
    if (performance.now() - this.#startedAt >= recoveredAfterMs && givenUp === undefined) {
      this.#restartsInARow = 0;
    }
    const hasFailed = code !== 0 || givenUp !== undefined;
    const delay = restartDelay(this.plan.restart, hasFailed, this.#restartsInARow);
    if (delay === undefined) {
      this.#enter("exited", detail);
      return;
    }
    this.#restarts += 1;
    this.#restartsInARow += 1;
    this.#timer = setTimeout(() => this.start(), delay);
    this.#enter("restarting", detail || givenUp || `ended with ${code ?? name}`);
  }

  /** One probe of a process at a time: who asks while one is under way waits for that one. */
  #probe(pid: number | undefined): Promise<void> {
    // One of a process that has ended meanwhile says nothing about this one, and does not ask again.
    if (this.#probing !== undefined && this.#probing.pid === pid) return this.#probing.done;
    const probing = {
      pid,
      done: this.#probeOnce(pid).finally(() => {
        if (this.#probing === probing) this.#probing = undefined;
      }),
    };
    this.#probing = probing;
    return probing.done;
  }

  async #probeOnce(pid: number | undefined): Promise<void> {
    const { health: plan, cwd, env } = this.plan;
    const isCurrent = () => this.#process !== undefined && this.#process.pid === pid;
    if (!plan || !isCurrent()) {
      return;
    }
    clearTimeout(this.#timer);
    const marks = { [runMark]: this.#context.runId, [partMark]: this.plan.name };
    const answer = await runProbe(plan.probe, { timeout: plan.timeout, cwd, env: { ...env, ...marks } });
    const refused = plan.refusals ? await readRefusals(plan.refusals, plan.timeout) : undefined;
    if (!isCurrent() || this.#state === "stopping" || this.#givenUp !== undefined) {
      return;
    }
    const result = answer.ok && plan.refusals ? judgeRefusals(this.#refused, refused, plan.refusals) : answer;
    this.#refused = refused ?? this.#refused;
    const age = performance.now() - this.#startedAt;
    const wasUnready = this.isUnready;
    this.#health = afterProbe(this.#health, plan, result.ok, age);
    const detail = result.ok ? "" : result.detail;
    if (this.#health.status !== this.#state || detail !== this.#detail || wasUnready !== this.isUnready) {
      this.#enter(this.#health.status, detail);
    }
    // Who answers and only refuses work is busy with what it has: another process would have to do the same. One that does
    // not even say what it refuses stands still.
    const isStuck = !answer.ok || (plan.refusals !== undefined && refused === undefined);
    const isDeaf = isStuck && isGivenUp(this.#health, age, this.#context.notReadyLimit);
    if (isDeaf && this.plan.restart.when !== "no") {
      this.#replace(detail);
      return;
    }
    this.#timer = setTimeout(() => void this.#probe(pid), probeDelay(this.#health, plan, age));
  }

  /** Ends a process that is up and not ready; the restart policy starts another one. */
  #replace(detail: string): void {
    const running = this.#process;
    if (running) {
      this.#givenUp = `was not ready: ${detail}`;
      void this.#endProcess(running, this.plan.stopSignal, this.plan.stopGrace);
    }
  }
}
