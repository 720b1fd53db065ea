import { execFile } from "node:child_process";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";

/** The docker command, and Compose, on one engine. */
export interface Docker {
  /** Runs docker. @returns what it printed. @throws with its words when it fails */
  run(...args: string[]): Promise<string>;
  /** Runs Compose on compose.yaml and the given further files. @throws with its words when it fails */
  compose(...args: string[]): Promise<string>;
}

/** How to run docker. */
export interface DockerOptions {
  /** Where the engine is, and the mesh's settings. */
  readonly env: NodeJS.ProcessEnv;
  /** `docker compose`, or a program that is it. */
  readonly composeCommand: readonly [string, ...string[]];
  /** Compose files beside compose.yaml. */
  readonly files?: readonly string[];
  /** Ends what still runs. */
  readonly signal: AbortSignal;
}

export function dockerIn({ env, composeCommand, files = [], signal }: DockerOptions): Docker {
  const run = (command: string, args: readonly string[]) =>
    new Promise<string>((resolve, reject) => {
      const options = { cwd: repoRoot, env, signal, maxBuffer: 64 * 1024 * 1024 };
      execFile(command, args, options, (error, stdout, stderr) => {
        if (error === null) return resolve(stdout.trim());
        const words = (stderr || stdout || error.message).trimEnd().split("\n").slice(-20).join("\n");
        reject(new Error(`${command} ${args.join(" ")}\n${words}`));
      });
    });
  const [program, ...first] = composeCommand;
  return {
    run: (...args) => run("docker", args),
    compose: (...args) =>
      run(program, [...first, ...["compose.yaml", ...files].flatMap((it) => ["--file", it]), ...args]),
  };
}
