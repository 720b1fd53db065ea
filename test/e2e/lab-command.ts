import { spawn } from "node:child_process";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";

/** What a command did. */
export interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the command line tool as a user does. */
export const lab = (...args: string[]): Promise<Run> => labWith({}, ...args);

/** The same with more in its environment. */
export function labWith(env: NodeJS.ProcessEnv, ...args: string[]): Promise<Run> {
  return startLab(env, args).ended;
}

/** Starts the tool, for a test that has something to say to it while it runs. */
export function startLab(env: NodeJS.ProcessEnv, args: readonly string[]) {
  const child = spawn(process.execPath, ["lab/bin.mjs", ...args], {
    cwd: repoRoot,
    env: { ...process.env, ...env },
    // A command that does not come to its end is killed, and then has no exit code.
    timeout: 60_000,
  });
  const out = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => (out.stdout += chunk));
  child.stderr.on("data", (chunk) => (out.stderr += chunk));
  const ended = new Promise<Run>((resolve, reject) => {
    child.once("error", reject).once("close", (code) => resolve({ code, ...out }));
  });
  return { ended, out, kill: (signal: NodeJS.Signals) => child.kill(signal) };
}
