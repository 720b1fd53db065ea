import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { ensurePrograms } from "@envoy-mesh-lab/mesh";
import { parse, parseDocument, visit } from "yaml";
import { portShifts } from "../port-shifts.ts";
import { until } from "../until.ts";

/** One of the mesh's Envoys, alone: as compose.yaml starts it and its file says, but for what a test changes. */
export interface EnvoyAlone {
  /** Where it listens on 127.0.0.1 for what its file calls this port. */
  port(port: number): number;
  /** What its admin page, as far as it may be read, says of the statistics whose names match. */
  stats(filter: string): Promise<Record<string, number>>;
  /** Memory that it has in use, in bytes. */
  memory(): Promise<number>;
  /** Its access log. */
  lines(): Record<string, unknown>[];
  /** Whether it runs. */
  isAlive(): boolean;
  stop(): Promise<void>;
}

/** What an Envoy is started with. */
export interface EnvoyAloneOptions {
  readonly part: EnvoyPart;
  /** The port on 127.0.0.1 that stands for everybody it calls. */
  readonly upstream: number;
  /**
   * What is written in place of what in its file, wherever it stands. A test brings a limit within reach so, and fails when
   * the limit is not in the file.
   */
  readonly changes?: Readonly<Record<string, string>>;
}

/** A unary call and a stream. */
interface Paths {
  readonly unary: string;
  readonly stream: string;
}
const cafe: Paths = { unary: "/cafe.v1.CafeService/OrderDrink", stream: "/cafe.v1.CafeService/ServeTable" };
const kitchen: Paths = {
  unary: "/kitchen.v1.KitchenService/BrewDrink",
  stream: "/kitchen.v1.KitchenService/BrewToOrder",
};

/** The Envoys that calls pass, and where each may be asked. */
const envoys = {
  edge: { readings: 9901 },
  "gateway-proxy": { readings: 15000 },
  "backend-proxy": { readings: 15100 },
} as const;

export type EnvoyPart = keyof typeof envoys;
export const envoyParts = Object.keys(envoys) as EnvoyPart[];

/** Where they take calls in. */
export const doors: readonly { readonly part: EnvoyPart; readonly port: number; readonly paths: Paths }[] = [
  { part: "edge", port: 8080, paths: cafe },
  { part: "gateway-proxy", port: 15006, paths: cafe },
  { part: "gateway-proxy", port: 15001, paths: kitchen },
  { part: "backend-proxy", port: 15106, paths: kitchen },
];

/** Its ports are those of its file and this, beside those of the user's mesh and of the other tests'. */
const portShift = portShifts.envoys;

/** As much of compose.yaml as this needs. */
interface Compose {
  readonly services: Record<string, { command: string[]; volumes: string[] }>;
}

/** Starts all that calls pass. */
export async function startEnvoys(
  upstream: number,
  changesOf: (part: EnvoyPart) => Readonly<Record<string, string>> = () => ({}),
): Promise<Record<EnvoyPart, EnvoyAlone>> {
  const started = await Promise.all(
    envoyParts.map(
      async (part) => [part, await startEnvoy({ part, upstream, changes: changesOf(part) })] as const,
    ),
  );
  return Object.fromEntries(started) as Record<EnvoyPart, EnvoyAlone>;
}

/** Starts one, and waits until it is ready and has found its upstream well. */
export async function startEnvoy({ part, upstream, changes = {} }: EnvoyAloneOptions): Promise<EnvoyAlone> {
  const { envoy } = await ensurePrograms(["envoy"]);
  const compose = parse(readFileSync(join(repoRoot, "compose.yaml"), "utf8"), { merge: true }) as Compose;
  const { command, volumes } = compose.services[part] ?? { command: [], volumes: [] };
  const [source = "", target = ""] = volumes[0]?.split(":") ?? [];
  const folder = mkdtempSync(join(tmpdir(), `envoy-alone-${part}-`));
  mkdirSync(join(folder, "run"), { mode: 0o700 });
  const text = change(readFileSync(join(repoRoot, source), "utf8"), {
    "/run/envoy/admin": join(folder, "run", "admin"),
    ...changes,
  });
  const { config, ports } = placed(text, upstream);
  await assertFree(ports);
  const file = join(folder, "envoy.yaml");
  writeFileSync(file, config);
  const log = join(folder, "log");
  const output = openSync(log, "a");
  const args = command.map((it) => (it === target ? file : it));
  const child = spawn(envoy.path, args, { stdio: ["ignore", output, output] });
  const exited = once(child, "exit");
  // Also when a test is told to end before its time.
  process.once("exit", () => child.kill("SIGKILL"));
  const port = (wanted: number) => wanted + portShift;
  const read = async (path: string) =>
    (await fetch(`http://127.0.0.1:${port(envoys[part].readings)}${path}`)).text();
  const alone: EnvoyAlone = {
    port,
    async stats(filter) {
      const text = await read(`/stats?filter=${encodeURIComponent(filter)}`);
      const lines = text.matchAll(/^(.+): (\d+)$/gm);
      return Object.fromEntries([...lines].map(([, name, value]) => [name, Number(value)]));
    },
    memory: async () => Number((JSON.parse(await read("/memory")) as { allocated: string }).allocated),
    lines: () => jsonLines(readFileSync(log, "utf8")),
    isAlive: () => isRunning(child),
    async stop() {
      child.kill("SIGKILL");
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await untilReady(alone, child, log);
    return alone;
  } catch (error) {
    await alone.stop();
    throw error;
  }
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

async function untilReady(envoy: EnvoyAlone, child: ChildProcess, log: string): Promise<void> {
  const healthy = () =>
    isRunning(child)
      ? envoy.stats("^cluster.(gateway|backend).membership_healthy$").catch(() => ({}))
      : fail(`Envoy has ended:\n${readFileSync(log, "utf8").slice(-2_000)}`);
  const isReady = (it: Record<string, number>) =>
    Object.keys(it).length > 0 && Object.values(it).every((count) => count === 1);
  if (!isReady(await until(healthy, isReady))) {
    fail(`Envoy did not become ready:\n${readFileSync(log, "utf8").slice(-2_000)}`);
  }
}

/** Replaces texts of a file, each wherever it stands. */
function change(text: string, changes: Readonly<Record<string, string>>): string {
  return Object.entries(changes).reduce((before, [from, to]) => {
    if (!before.includes(from)) fail(`the file does not say "${from}"`);
    return before.replaceAll(from, to);
  }, text);
}

/** Has a configuration listen on ports of 127.0.0.1 of its own, and call the upstream in place of everybody else. */
function placed(text: string, upstream: number): { config: string; ports: readonly number[] } {
  const document = parseDocument(text);
  const ports: number[] = [];
  visit(document, {
    Map: (_, map) => {
      const [address, port] = [map.get("address"), map.get("port_value")];
      if (typeof address !== "string" || typeof port !== "number") return;
      const isOwn = address === "0.0.0.0" || address === "127.0.0.1";
      if (isOwn) ports.push(port + portShift);
      map.set("address", "127.0.0.1");
      map.set("port_value", isOwn ? port + portShift : upstream);
    },
  });
  return { config: String(document), ports };
}

/**
 * Makes sure that nobody listens on ports: two Envoys on one port share its connections without a word (SO_REUSEPORT).
 *
 * @throws {Error} (`EADDRINUSE`) when somebody does.
 */
async function assertFree(ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    const server = createServer().listen(port, "127.0.0.1");
    await once(server, "listening");
    await new Promise((resolve) => server.close(resolve));
  }
}

function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split("\n")
    .slice(0, -1)
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

function fail(message: string): never {
  throw new Error(message);
}
