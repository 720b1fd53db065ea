import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { ExitCode } from "@envoy-mesh-lab/trace";
import { parse } from "yaml";
import { assertComposeFiles } from "../compose/assert-files.ts";
import type { ComposeProject } from "../compose/schema.ts";
import { projectSchema } from "../compose/schema.ts";
import { portShiftOf, readMounts } from "../native/gather.ts";
import type { MeshFolder } from "../native/mesh-folder.ts";
import type { PortMap } from "../native/port-map.ts";
import { mapPorts } from "../native/port-map.ts";
import type { UpOptions } from "../runtime/runtime.ts";
import { composeFiles } from "./compose-files.ts";
import type { DockerOptions, DockerOutput } from "./docker-command.ts";
import { docker, runDocker } from "./docker-command.ts";
import { overrideText } from "./override.ts";
import type { EngineFacts } from "./requirements.ts";

/** A mesh's compose files, with the lab's own on top, and Docker Compose to run on them. */
export interface DockerProject {
  readonly model: ComposeProject;
  readonly ports: PortMap;
  /** The hash of each service's settings, as Docker Compose labels its containers with it. */
  readonly hashes: ReadonlyMap<string, string>;
  /** Runs Docker Compose. @throws {LabError} in its own words */
  compose(
    args: readonly string[],
    options?: Pick<DockerOptions, "onLine"> & { exitCode: number; hint: string },
  ): Promise<string>;
  /** Runs Docker Compose and returns how it ended. */
  tryCompose(
    args: readonly string[],
    options?: Pick<DockerOptions, "onLine" | "signal">,
  ): Promise<DockerOutput>;
}

const header =
  "# What lab adds to the compose files in Docker. Written by `lab up --docker`; `lab down` removes it.\n";

/**
 * Reads a mesh's compose files and writes the lab's own, by which other commands know that the mesh is in Docker.
 *
 * @throws {LabError} (exit code `composeInvalid`) in Docker Compose's own words.
 */
export async function openProject(
  folder: MeshFolder,
  files: readonly string[],
  options: UpOptions & { engine: EngineFacts },
): Promise<DockerProject> {
  const env = { ...process.env, ...options.env };
  assertComposeFiles(files, repoRoot);
  const { signal } = options;
  const base = [
    ...["compose", "--project-name", folder.project, "--progress", "plain"],
    ...(options.profiles ?? []).flatMap((it) => ["--profile", it]),
    ...composeFiles(files, env).flatMap((it) => ["--file", it]),
  ];
  const broken = {
    env: options.env,
    signal,
    exitCode: ExitCode.composeInvalid,
    hint: "these are Docker Compose's own words; correct the compose file",
  };
  // As YAML: its JSON leaves `x-native` out.
  const model = projectSchema.parse(parse(await docker([...base, "config"], broken)));
  const ports = mapPorts(model, portShiftOf(env));
  const text = overrideText(model, { ports, mounts: await readMounts(model), engine: options.engine });
  await mkdir(dirname(folder.docker), { recursive: true });
  await writeFile(folder.docker, `${header}${text}`);
  const all = [...base, "--file", folder.docker];
  const hashes = await docker([...all, "config", "--hash", "*"], broken);
  return {
    model,
    ports,
    hashes: readHashes(hashes),
    compose: (args, more) => docker([...all, ...args], { env: options.env, signal, ...more }),
    tryCompose: (args, more) => runDocker([...all, ...args], { env: options.env, signal, ...more }),
  };
}

/** Reads what `docker compose config --hash` prints: a line for each service, with its name and its hash. */
export function readHashes(text: string): Map<string, string> {
  return new Map(
    text.split("\n").flatMap((line) => {
      const [, name, hash] = /^(\S+)\s+(\S+)$/.exec(line.trim()) ?? [];
      return name && hash ? [[name, hash] as const] : [];
    }),
  );
}
