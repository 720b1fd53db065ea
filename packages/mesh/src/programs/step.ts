import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";

/** How long a stopped step may take to clean up before it is killed, in milliseconds. */
const stopGraceMs = 5_000;

/** The log of one installation: what was run, and all that it printed. A new one replaces the last. */
export class InstallLog {
  readonly path: string;
  readonly #file: number;

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.path = path;
    this.#file = openSync(path, "w");
  }

  write(line: string): void {
    writeSync(this.#file, `${line}\n`);
  }

  close(): void {
    closeSync(this.#file);
  }

  /** The last lines, for an error message. */
  tail(lines: number): string {
    return readFileSync(this.path, "utf8").trimEnd().split("\n").slice(-lines).join("\n");
  }
}

export interface StepOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: InstallLog;
  /** Stops the step; the promise then rejects with the signal's reason, after the last process has ended. */
  readonly signal: AbortSignal;
  /** Called with each line that the program prints. */
  readonly onLine?: (line: string) => void;
}

/** A step that ended with another exit code than 0. */
export class StepError extends Error {}

/**
 * Runs one step of an installation and waits for its end.
 *
 * The step is a process group of its own: Go starts compilers, and stopping only `go` would leave them at work.
 *
 * @throws StepError when it fails, the signal's reason when it was stopped
 */
export async function runStep(command: readonly [string, ...string[]], options: StepOptions): Promise<void> {
  const { cwd, env, log, signal, onLine } = options;
  signal.throwIfAborted();
  const [file, ...args] = command;
  log.write(`$ ${command.join(" ")}`);
  const child = spawn(file, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const killGroup = (name: NodeJS.Signals): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  };
  let hardStop: NodeJS.Timeout | undefined;
  const stop = (): void => {
    killGroup("SIGTERM");
    hardStop = setTimeout(() => killGroup("SIGKILL"), stopGraceMs);
  };
  const stopAtExit = (): void => killGroup("SIGKILL");
  signal.addEventListener("abort", stop, { once: true });
  process.once("exit", stopAtExit);
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      log.write(line);
      onLine?.(line);
    });
  }
  try {
    const ended = await new Promise<string | undefined>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, name) => {
        resolve(code === 0 ? undefined : name ? `was ended by ${name}` : `ended with exit code ${code}`);
      });
    });
    signal.throwIfAborted();
    if (ended !== undefined) throw new StepError(`${command.slice(0, 3).join(" ")} … ${ended}`);
  } finally {
    clearTimeout(hardStop);
    signal.removeEventListener("abort", stop);
    process.off("exit", stopAtExit);
  }
}
