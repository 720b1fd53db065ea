import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import * as z from "zod";
import type { MeshPart, UpResult } from "../runtime/runtime.ts";
import { docker, runDocker, wordsOf } from "./docker-command.ts";

const portBinding = z.object({ HostIp: z.string(), HostPort: z.string() });

/** What `docker inspect` says of a container, cut to what the lab looks at. */
const inspected = z.object({
  Id: z.string(),
  Name: z.string(),
  Image: z.string(),
  RestartCount: z.number(),
  State: z.object({
    Status: z.string(),
    ExitCode: z.number(),
    Error: z.string().default(""),
    StartedAt: z.string(),
    Health: z
      .object({ Status: z.string(), Log: z.array(z.object({ Output: z.string() })).nullish() })
      .nullish(),
  }),
  HostConfig: z.object({ RestartPolicy: z.object({ Name: z.string() }) }),
  Config: z.object({ Image: z.string(), Labels: z.record(z.string(), z.string()).nullable() }),
  NetworkSettings: z.object({
    Ports: z.record(z.string(), z.array(portBinding).nullable()).nullable(),
  }),
});

/** A container of a mesh. */
export type Container = MeshPart & {
  readonly id: string;
  /** The id of the image that it was made from. */
  readonly imageId: string;
  /** The hash of the settings that Docker Compose made it from. */
  readonly configHash: string;
};

const labels = {
  project: "com.docker.compose.project",
  service: "com.docker.compose.service",
  oneOff: "com.docker.compose.oneoff",
  configHash: "com.docker.compose.config-hash",
};

/** The states of `docker inspect`, and of a health check, as those of a part. */
const states: Readonly<Record<string, MeshPart["state"]>> = {
  created: "waiting",
  running: "running",
  starting: "starting",
  healthy: "healthy",
  unhealthy: "unhealthy",
  restarting: "restarting",
  removing: "stopping",
  paused: "stopped",
  exited: "exited",
  dead: "exited",
};

/**
 * Reads what `docker inspect` printed of a mesh's containers.
 *
 * @returns the parts by name; without the containers of single commands (`docker compose run`).
 */
export function toContainers(json: string): Container[] {
  return z
    .array(inspected)
    .parse(JSON.parse(json))
    .filter(({ Config }) => Config.Labels?.[labels.oneOff] !== "True")
    .map(({ Id, Name, Image, RestartCount, State, HostConfig, Config, NetworkSettings }) => {
      const health = State.Health?.Status;
      const isProbed = State.Status === "running" && health !== undefined && health !== "none";
      const is = states[isProbed ? health : State.Status] ?? "exited";
      // The engine starts again what ends by itself; what it leaves alone was stopped by a command.
      const isStopped = is === "exited" && /^(always|unless-stopped)$/.test(HostConfig.RestartPolicy.Name);
      const state = isStopped ? "stopped" : is;
      const detail = State.Error || (state === "unhealthy" ? State.Health?.Log?.at(-1)?.Output.trim() : "");
      const { program, version } = splitImage(Config.Image);
      return {
        id: Id,
        imageId: Image,
        name: Config.Labels?.[labels.service] ?? Name.slice(1),
        container: Name.slice(1),
        program,
        version,
        state,
        ...(detail ? { detail } : {}),
        ...(state === "exited" ? { exitCode: State.ExitCode } : {}),
        restarts: RestartCount,
        ports: Object.entries(NetworkSettings.Ports ?? {}).flatMap(([target, bindings]) =>
          (bindings ?? []).slice(0, 1).map(({ HostPort }) => ({
            container: Number.parseInt(target, 10),
            host: Number(HostPort),
            published: true,
          })),
        ),
        run: `${Id} ${State.StartedAt}`,
        configHash: Config.Labels?.[labels.configHash] ?? "",
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** An image's name and its tag: `registry:5000/envoy:v1.40.0@sha256:…` is `registry:5000/envoy` and `v1.40.0`. */
export function splitImage(image: string): { program: string; version: string } {
  const [named = image] = image.split("@");
  const colon = named.lastIndexOf(":");
  return colon > named.lastIndexOf("/")
    ? { program: named.slice(0, colon), version: named.slice(colon + 1) }
    : { program: named, version: "latest" };
}

/** The containers of a mesh, also those that have ended. @throws {LabError} when the engine does not answer. */
export async function readContainers(project: string): Promise<Container[]> {
  const filter = ["--filter", `label=${labels.project}=${project}`];
  for (;;) {
    const ids = (await docker(["ps", "--all", "--quiet", ...filter])).split("\n").filter(Boolean);
    if (ids.length === 0) return [];
    const output = await runDocker(["inspect", ...ids]);
    if (output.code === 0) return toContainers(output.stdout);
    // One was removed since they were listed.
    if (!/no such (object|container)/i.test(output.stderr)) {
      throw new LabError(`docker inspect failed:\n${wordsOf(output)}`, {
        exitCode: ExitCode.notRunning,
        hint: "these are Docker's own words; `docker version` says whether its engine answers",
      });
    }
  }
}

/** What became of parts, from how they were before and after. */
export function whatChanged(
  before: readonly Container[],
  after: readonly Container[],
): Pick<UpResult, "started" | "restarted" | "removed" | "unchanged"> {
  const old = new Map(before.map((it) => [it.name, it]));
  const ran = (name: string) => !["exited", "stopped", "waiting"].includes(old.get(name)?.state ?? "exited");
  const names = (of: readonly Container[]) => of.map(({ name }) => name);
  const isUnchanged = ({ name, run }: Container) => old.get(name)?.run === run;
  return {
    started: names(after.filter((it) => !isUnchanged(it) && !ran(it.name))),
    restarted: names(after.filter((it) => !isUnchanged(it) && ran(it.name))),
    removed: names(before.filter(({ name }) => !after.some((it) => it.name === name))),
    unchanged: names(after.filter(isUnchanged)),
  };
}
