import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { portShifts } from "../port-shifts.ts";
import { findCompose } from "./compose-plugin.ts";
import type { Docker } from "./docker.ts";
import { dockerIn } from "./docker.ts";
import type { Engine } from "./engine.ts";
import { findEngine } from "./engine.ts";
import { buildStandIns, canBuildStandIns } from "./stand-ins.ts";
import { nodeImage, pullImages } from "./upstream-images.ts";

/** The mesh of compose.yaml on a Docker engine, under a name and on ports of its own. */
export interface MeshInDocker {
  readonly docker: Docker;
  readonly engine: Engine;
  readonly project: string;
  /** The names of its services. */
  readonly services: readonly string[];
  readonly edge: string;
  readonly tempo: string;
  readonly page: string;
  readonly grafana: { readonly url: string; readonly image: string };
  /** The environment in which `lab` runs a mesh of the same name there, on other ports and with a state of its own. */
  readonly labEnv: NodeJS.ProcessEnv;
}

/** The first version of the engine's API that knows `start_interval` (Docker 25). */
const startIntervalApi = [1, 44] as const;

const project = "envoy-mesh-lab-docker-test";
/** What lab adds to its ports: all of them stay below those that the system gives to outgoing connections. */
const portShift = String(portShifts.docker);
const ports = { EDGE_PORT: "28080", TEMPO_PORT: "23200", GRAFANA_PORT: "23000", PAGE_PORT: "28090" };

/**
 * Makes ready all that `docker compose up` needs. What it has made is taken away when this process exits.
 *
 * @returns in words why it cannot be done here, when it cannot.
 */
export async function prepareMesh(): Promise<MeshInDocker | string> {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  }
  const engine = await findEngine();
  if (typeof engine === "string") {
    return engine;
  }
  const env = { ...engine.env, ...ports, COMPOSE_PROJECT_NAME: project };
  const composeCommand = await findCompose(env);
  const folder = mkdtempSync(join(tmpdir(), "lab-docker-files-"));
  const running = new AbortController();
  // Before the engine's own end.
  process.prependOnceListener("exit", () => {
    running.abort();
    if (!engine.isOwn) takeAway(env, composeCommand);
    rmSync(folder, { recursive: true, force: true });
  });

  const options = { env, composeCommand, signal: running.signal };
  const plain = dockerIn(options);
  const services = servicesOf(await plain.compose("config"));
  const all = servicesOf(await plain.compose("--profile", "*", "config"));
  const docker = dockerIn({ ...options, files: await overridesFor(plain, all, folder) });
  if (engine.isOwn && canBuildStandIns()) {
    await buildStandIns(docker, imagesByProgram(services), mkdtempSync(join(folder, "images-")));
  } else {
    const missing = await pullImages(docker, [...Object.values(imagesByProgram(services)), nodeImage()]);
    if (missing !== undefined) return missing;
  }
  return {
    docker,
    engine,
    project,
    services: Object.keys(services),
    edge: `http://127.0.0.1:${ports.EDGE_PORT}`,
    tempo: `http://127.0.0.1:${ports.TEMPO_PORT}`,
    page: `http://127.0.0.1:${ports.PAGE_PORT}`,
    grafana: { url: `http://127.0.0.1:${ports.GRAFANA_PORT}`, image: all.grafana?.image ?? "" },
    labEnv: {
      ...engine.env,
      ...dockerConfig(composeCommand, folder),
      COMPOSE_PROJECT_NAME: project,
      LAB_PORT_SHIFT: portShift,
      ENVOY_MESH_LAB_STATE: join(folder, "state"),
      NO_COLOR: "1",
    },
  };
}

/** The setting with which `docker compose` is the Compose that was built, where docker has none. */
function dockerConfig([program]: readonly [string, ...string[]], folder: string): NodeJS.ProcessEnv {
  if (program === "docker") return {};
  const config = join(folder, "docker-config");
  mkdirSync(join(config, "cli-plugins"), { recursive: true });
  symlinkSync(program, join(config, "cli-plugins", "docker-compose"));
  return { DOCKER_CONFIG: config };
}

type Services = Readonly<
  Record<string, { image?: string; build?: object; "x-native"?: { program?: string }; healthcheck?: object }>
>;

function servicesOf(config: string): Services {
  return (parse(config) as { services: Services }).services;
}

/** The upstream images, by the native program that is in them. */
function imagesByProgram(services: Services): Record<string, string> {
  return Object.fromEntries(
    Object.values(services).flatMap(({ image, build, "x-native": native }) =>
      image && !build && native?.program ? [[native.program, image]] : [],
    ),
  );
}

/** An engine before version 25 refuses `start_interval`, which only makes a start quicker. */
async function overridesFor(docker: Docker, services: Services, folder: string): Promise<string[]> {
  const version = await docker.run("version", "--format", "{{.Server.APIVersion}}");
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [wantedMajor, wantedMinor] = startIntervalApi;
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) {
    return [];
  }
  const file = join(folder, "old-engine.yaml");
  const lines = Object.entries(services).flatMap(([name, { healthcheck }]) =>
    healthcheck
      ? [
          `  ${name}: { healthcheck: { start_interval: !reset null, start_period: 0s, interval: 1s, retries: 60 } }`,
        ]
      : [],
  );
  writeFileSync(file, ["services:", ...lines, ""].join("\n"));
  return [file];
}

/** At once, so that it can be done while the process exits. */
function takeAway(env: NodeJS.ProcessEnv, [program, ...args]: readonly [string, ...string[]]): void {
  const down = ["--file", "compose.yaml", "--profile", "*", "down", "--volumes"];
  const { status, stderr } = spawnSync(program, [...args, ...down], { env, encoding: "utf8" });
  if (status !== 0) console.error(`The mesh in Docker is not all gone: ${stderr}`);
}
