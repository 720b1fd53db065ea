import { spawn } from "node:child_process";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";

/** How to run docker. */
export interface DockerOptions {
  /** Variables in addition to this process's. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Ends it with SIGTERM; the call then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Told each line that it prints to stderr, where its progress goes. */
  readonly onLine?: (line: string) => void;
}

/** What a docker command printed, and how it ended. */
export interface DockerOutput {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How many of docker's own lines an error quotes. */
const toldLines = 12;

/** Runs docker, at the top of the repository. @throws {LabError} (exit code `toolsMissing`) when there is none. */
export function runDocker(
  args: readonly string[],
  { env, signal, onLine }: DockerOptions = {},
): Promise<DockerOutput> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const child = spawn("docker", args, {
      cwd: repoRoot,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      // Of its own group: Ctrl-C is for this process, which ends it and cleans up.
      detached: true,
    });
    // The whole group: docker runs its plugin Compose as a process of its own.
    const end = () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGTERM");
    };
    signal?.addEventListener("abort", end, { once: true });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => {
      stderr.push(chunk);
      const line = chunk.toString("utf8").trimEnd().split("\n").at(-1)?.trim();
      if (line) onLine?.(line);
    });
    child.once("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "ENOENT" ? noDocker() : error);
    });
    child.once("close", (code) => {
      signal?.removeEventListener("abort", end);
      if (signal?.aborted) return reject(signal.reason);
      const text = (chunks: Buffer[]) => Buffer.concat(chunks).toString("utf8");
      resolve({ code: code ?? 1, stdout: text(stdout), stderr: text(stderr) });
    });
  });
}

function noDocker(): LabError {
  return new LabError("there is no docker command", {
    exitCode: ExitCode.toolsMissing,
    hint: "install Docker 25 or newer with its compose plugin, or run the mesh without it: lab up",
  });
}

/** Docker's own words about what went wrong: the end of what it printed, without its progress. */
export function wordsOf({ stdout, stderr, code }: DockerOutput): string {
  const lines = (stderr.trim() || stdout.trim())
    .split("\n")
    .filter((it) => !/^ *(Container|Network|Volume|Image) \S+ +\w+ *$/.test(it) && it.trim() !== "");
  return lines.slice(-toldLines).join("\n") || `it ended with ${code}`;
}

/**
 * Runs docker and returns what it printed.
 *
 * @throws {LabError} in docker's own words, with the exit code `exitCode`.
 */
export async function docker(
  args: readonly string[],
  options: DockerOptions & { readonly exitCode?: number; readonly hint?: string } = {},
): Promise<string> {
  const output = await runDocker(args, options);
  if (output.code !== 0) {
    throw new LabError(`docker ${args[0]} failed:\n${wordsOf(output)}`, {
      exitCode: options.exitCode ?? ExitCode.notRunning,
      hint: options.hint ?? "these are Docker's own words; `docker version` says whether its engine answers",
    });
  }
  return output.stdout;
}
