import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

export interface GroupOptions {
  readonly env: NodeJS.ProcessEnv;
  /** After so long, in milliseconds, the program and all that it started are killed. */
  readonly timeoutMs: number;
}

/** What became of a program. */
export interface GroupResult {
  readonly stdout: string;
  readonly stderr: string;
  /** How it ended, for people: its exit code, the signal that killed it, or that it took too long. */
  readonly end: string;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs a program in a process group of its own and waits for its end.
 *
 * The suite starts servers and clients, and leaves them behind where it is killed itself. So the whole group is killed:
 * when the program has ended, when it takes too long, and when this process ends or is told to.
 */
export async function runGroup(
  [file, ...args]: readonly [string, ...string[]],
  { env, timeoutMs }: GroupOptions,
): Promise<GroupResult> {
  const child = spawn(file, args, { env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  let reason: string | undefined;
  function stop(why: string): void {
    reason ??= why;
    killGroup(child.pid);
  }
  const onExit = () => stop("this process ended");
  const onSignal = (name: NodeJS.Signals) => stop(`${name} stopped it`);
  process.on("exit", onExit);
  for (const name of SIGNALS) process.on(name, onSignal);
  const timer = setTimeout(() => stop(`it took longer than ${timeoutMs / 1_000} s`), timeoutMs);
  try {
    const [stdout, stderr, end] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise<string>((resolve, reject) => {
        child.once("error", reject);
        child.once("exit", (code, signal) => {
          // What it has left behind would keep its output open.
          killGroup(child.pid);
          resolve(code === null ? `it was ended by ${signal}` : `exit code ${code}`);
        });
      }),
    ]);
    return { stdout, stderr, end: reason ?? end };
  } finally {
    clearTimeout(timer);
    process.off("exit", onExit);
    for (const name of SIGNALS) process.off(name, onSignal);
  }
}

/** Kills a process group. Nothing is left to do where there is none: it never began, or all of it has ended. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
