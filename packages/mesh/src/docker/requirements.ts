import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import type { DockerOutput } from "./docker-command.ts";
import { runDocker, wordsOf } from "./docker-command.ts";

/** The first Docker Compose that knows `!override`. */
const oldestCompose = [2, 24, 4] as const;

/** The first version of the engine's API that knows `start_interval` (Docker 25). */
const startIntervalApi = [1, 44] as const;

/** What the engine can do. */
export interface EngineFacts {
  /** Whether it asks for the health of what starts more often than later. */
  readonly hasStartInterval: boolean;
}

/** Whether a version is at least another one; one that is no list of numbers, of a build of one's own, is taken as new. */
export function isAtLeast(version: string, wanted: readonly number[]): boolean {
  const numbers = /\d+(\.\d+)+/.exec(version)?.[0].split(".").map(Number);
  if (numbers === undefined) return true;
  for (const [i, number] of wanted.entries()) {
    const its = numbers[i] ?? 0;
    if (its !== number) return its > number;
  }
  return true;
}

/**
 * Judges what `docker version` and `docker compose version` said.
 *
 * @throws {LabError} (exit code `toolsMissing`) that says what is missing and what to do.
 */
export function judgeDocker(engine: DockerOutput, compose: DockerOutput): EngineFacts {
  if (engine.code !== 0) {
    const isForbidden = /permission denied/i.test(engine.stderr);
    throw new LabError(`the Docker engine does not answer:\n${wordsOf(engine)}`, {
      exitCode: ExitCode.toolsMissing,
      hint: isForbidden
        ? "you may not talk to it: add yourself to the group docker, or run it rootless (docs.docker.com)"
        : "start it (Docker Desktop, or `sudo systemctl start docker`), or run the mesh without it: lab up",
    });
  }
  if (compose.code !== 0) {
    throw new LabError("docker has no compose plugin", {
      exitCode: ExitCode.toolsMissing,
      hint: "install it: the package docker-compose-plugin of Docker's own repository; docker-compose 1 does not do",
    });
  }
  const version = compose.stdout.trim();
  if (!isAtLeast(version, oldestCompose)) {
    throw new LabError(`Docker Compose is ${version}, and has to be ${oldestCompose.join(".")} or newer`, {
      exitCode: ExitCode.toolsMissing,
      hint: "update Docker, or its package docker-compose-plugin",
    });
  }
  return { hasStartInterval: isAtLeast(engine.stdout.trim(), startIntervalApi) };
}

/** Asks Docker whether it can run a mesh. @throws {LabError} (exit code `toolsMissing`) */
export async function askDocker(signal?: AbortSignal): Promise<EngineFacts> {
  const [engine, compose] = await Promise.all([
    runDocker(["version", "--format", "{{.Server.APIVersion}}"], { signal }),
    runDocker(["compose", "version", "--short"], { signal }),
  ]);
  return judgeDocker(engine, compose);
}
