import { spawn } from "node:child_process";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";

/** A cluster, as kubectl knows it. */
export interface Cluster {
  /** The name of a context of the kubeconfig. */
  readonly context: string;
  /** The text of KUBECONFIG; undefined where kubectl's own default is meant. */
  readonly kubeconfig?: string | undefined;
  /** The kubectl to run. Default: the one on the PATH. */
  readonly kubectl?: string | undefined;
}

/** How to run kubectl. */
export interface KubectlOptions {
  /** What it reads. Default: nothing */
  readonly input?: string;
  /** Ends it with SIGTERM; the call then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What kubectl printed, and how it ended. */
export interface KubectlOutput {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How many of kubectl's own lines an error quotes. */
const toldLines = 12;

/** The command and the environment that ask one cluster, and no other: the context is always named. */
export function kubectlCommand({ context, kubeconfig, kubectl = "kubectl" }: Cluster) {
  return {
    program: kubectl,
    args: context === "" ? [] : [`--context=${context}`],
    env: { ...process.env, ...(kubeconfig === undefined ? {} : { KUBECONFIG: kubeconfig }) },
  };
}

/** The beginning of a command about a cluster, for people to copy into a shell; a context may have any name. */
export function kubectlInWords({ context }: Cluster): string {
  const isPlain = /^[\w@%+=:,./-]+$/.test(context);
  return `kubectl --context ${isPlain ? context : `'${context.replaceAll("'", "'\\''")}'`}`;
}

/** Runs kubectl, at the top of the repository. @throws {LabError} (exit code `toolsMissing`) when there is none. */
export function runKubectl(
  cluster: Cluster,
  args: readonly string[],
  { input = "", signal }: KubectlOptions = {},
): Promise<KubectlOutput> {
  const command = kubectlCommand(cluster);
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const child = spawn(command.program, [...command.args, ...args], {
      cwd: repoRoot,
      env: command.env,
      stdio: "pipe",
      // Of its own group: Ctrl-C is for this process, which ends it and cleans up.
      detached: true,
    });
    const end = () => child.kill("SIGTERM");
    signal?.addEventListener("abort", end, { once: true });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.once("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "ENOENT" ? noKubectl() : error);
    });
    child.once("close", (code) => {
      signal?.removeEventListener("abort", end);
      if (signal?.aborted) return reject(signal.reason);
      const text = (chunks: Buffer[]) => Buffer.concat(chunks).toString("utf8");
      resolve({ code: code ?? 1, stdout: text(stdout), stderr: text(stderr) });
    });
    // It may end before it has read all: then it says why.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}

/** kubectl's own words about what went wrong: the end of what it printed. */
export function wordsOf({ stdout, stderr, code }: KubectlOutput): string {
  const lines = (stderr.trim() || stdout.trim()).split("\n").filter((it) => it.trim() !== "");
  return lines.slice(-toldLines).join("\n") || `it ended with ${code}`;
}

/**
 * Runs kubectl and returns what it printed.
 *
 * @throws {LabError} in kubectl's own words, with the exit code `exitCode`.
 */
export async function kubectl(
  cluster: Cluster,
  args: readonly string[],
  options: KubectlOptions & { readonly exitCode?: number; readonly hint?: string } = {},
): Promise<string> {
  const output = await runKubectl(cluster, args, options);
  if (output.code !== 0) {
    throw new LabError(`kubectl ${args[0]} failed:\n${wordsOf(output)}`, {
      exitCode: options.exitCode ?? ExitCode.notRunning,
      hint:
        options.hint ??
        `these are kubectl's own words; \`${kubectlInWords(cluster)} version\` says whether the cluster answers`,
    });
  }
  return output.stdout;
}

function noKubectl(): LabError {
  return new LabError("there is no kubectl", {
    exitCode: ExitCode.toolsMissing,
    hint: "install the kubectl of your cluster's version, or run the mesh without a cluster: lab up",
  });
}
