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
  /** How it ended, for people: its exit code, the signal that ended it, or that it took too long. */
  readonly end: string;
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs a program in a process group of its own and waits for its end.
 *
 * The suite starts servers and clients, and leaves them behind where it is killed itself. So the whole group is killed:
 * when the program has ended, when it takes too long, and when this process ends or is told to, which it then does.
 */
export async function runGroup(
  [file, ...args]: readonly [string, ...string[]],
  { env, timeoutMs }: GroupOptions,
): Promise<GroupResult> {
  const child = spawn(file, args, { env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const kill = () => killGroup(child.pid);
  function listen(): void {
    process.on("exit", kill);
    for (const name of signals) process.on(name, onSignal);
  }
  function unlisten(): void {
    process.off("exit", kill);
    for (const name of signals) process.off(name, onSignal);
  }
  function onSignal(name: NodeJS.Signals): void {
    kill();
    unlisten();
    process.kill(process.pid, name);
  }
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, timeoutMs);
  listen();
  try {
    const [stdout, stderr, end] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise<string>((resolve, reject) => {
        child.once("error", reject);
        child.once("exit", (code, signal) => {
          // What it has left behind would keep its output open.
          kill();
          resolve(code === null ? `it was ended by ${signal}` : `exit code ${code}`);
        });
      }),
    ]);
    return { stdout, stderr, end: timedOut ? `it took longer than ${timeoutMs / 1_000} s` : end };
  } finally {
    clearTimeout(timer);
    unlisten();
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
