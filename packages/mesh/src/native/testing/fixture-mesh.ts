import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { MeshUpOptions, MeshUpResult, PartStatus } from "../mesh.ts";
import { meshDown, meshStatus, meshUp } from "../mesh.ts";
import { portError } from "../port-holder.ts";

const server = fileURLToPath(new URL("server.ts", import.meta.url));
const firstPort = 20_000;
const lastPort = 31_000;
const deadlineMs = 20_000;

/** One service of a fixture: its environment for `server.ts`, and whatever else its compose entry is to hold. */
export interface FixtureService {
  readonly environment?: Record<string, string>;
  readonly [key: string]: unknown;
}

/** A mesh of small Node servers, in a temporary folder of its own. */
export interface FixtureMesh {
  readonly folder: string;
  readonly ports: Record<string, number>;
  readonly name: {
    readonly project: string;
    readonly env: NodeJS.ProcessEnv;
    readonly files: readonly string[];
  };
  readonly stateFolder: string;
  write(services: Record<string, FixtureService>): Promise<void>;
  up(options?: Partial<MeshUpOptions>): Promise<MeshUpResult>;
  part(name: string): Promise<PartStatus>;
  get(name: string): Promise<{ pid: number; env: Record<string, string>; arguments: string[]; cwd: string }>;
}

/** Calls `look` until it gives something other than undefined and false; fails after 20 s. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) {
      return found;
    }
    if (performance.now() > deadline) {
      throw new Error(`It took too long until ${what}.`);
    }
    await delay(20);
  }
}

/** A port below the range that the system gives to outgoing connections, free right now. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = firstPort + Math.floor(Math.random() * (lastPort - firstPort));
    if ((await portError(port)) === undefined) {
      return port;
    }
  }
}

function compose(services: Record<string, FixtureService>, ports: Record<string, number>): string {
  const entries = Object.entries(services).map(([name, { environment, ...rest }]) => [
    name,
    {
      image: "none",
      command: [server],
      expose: [String(ports[name])],
      environment: { LISTEN: `0.0.0.0:${ports[name]}`, ...environment },
      "x-native": { program: "node", ready: `http://${name}:${ports[name]}/ready` },
      ...rest,
    },
  ]);
  // JSON is YAML too.
  return JSON.stringify({ services: Object.fromEntries(entries) });
}

/** Writes a fixture mesh; when the test ends, it is brought down and removed. */
export async function fixtureMesh(
  t: TestContext,
  services: Record<string, FixtureService>,
): Promise<FixtureMesh> {
  const folder = await mkdtemp(join(tmpdir(), "lab-mesh-"));
  const ports: Record<string, number> = {};
  const path = join(folder, "compose.yaml");
  const project = `fixture-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
  const env = { ...process.env, ENVOY_MESH_LAB_STATE: join(folder, "state") };
  const name = { project, env, files: [path] };
  const write = async (next: Record<string, FixtureService>) => {
    for (const service of Object.keys(next)) {
      ports[service] ??= await freePort();
    }
    await writeFile(path, compose(next, ports));
  };
  await write(services);
  t.after(async () => {
    await meshDown({ ...name, volumes: true });
    await rm(folder, { recursive: true, force: true });
  });
  return {
    folder,
    ports,
    name,
    stateFolder: join(folder, "state", project),
    write,
    up: (options) => meshUp({ ...name, cwd: folder, timeout: deadlineMs, ...options }),
    part: async (wanted) => {
      const found = (await meshStatus(name)).parts.find((part) => part.name === wanted);
      if (!found) {
        throw new Error(`There is no part ${wanted}.`);
      }
      return found;
    },
    get: async (wanted) => (await fetch(`http://127.0.0.1:${ports[wanted]}/`)).json() as never,
  };
}

/** The services of most tests: `web`, which waits for `store` to be healthy. */
export const twoServices: Record<string, FixtureService> = {
  store: { restart: "unless-stopped" },
  web: { restart: "unless-stopped", depends_on: { store: { condition: "service_healthy" } } },
};
