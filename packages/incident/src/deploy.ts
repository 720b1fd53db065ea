import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import type { Runtime, UpOptions, UpResult } from "@envoy-mesh-lab/mesh";
import { findRuntime } from "@envoy-mesh-lab/mesh";
import { stringify } from "yaml";
import { divertConfig } from "./divert.ts";
import type { IncidentFolder } from "./folder.ts";
import type { LinkName } from "./parts.ts";
import { links, machines } from "./parts.ts";
import { copyRelease, releaseFiles } from "./release.ts";

/** On which port of this machine the relay of each link listens. */
export type RelayPorts = Readonly<Record<LinkName, number>>;

/** Which mesh, and the variables that it was brought up with. */
export interface MeshPlace {
  readonly project: string;
  readonly env: NodeJS.ProcessEnv;
}

const machine = fileURLToPath(new URL("machine.ts", import.meta.url));

/** Whose configuration a file is, and where it is mounted. */
const mounts: Readonly<Record<string, readonly [part: string, target: string]>> = {
  "envoy/edge.yaml": ["edge", "/etc/envoy/envoy.yaml"],
  "envoy/gateway.yaml": ["gateway-proxy", "/etc/envoy/envoy.yaml"],
  "envoy/backend.yaml": ["backend-proxy", "/etc/envoy/envoy.yaml"],
  "otel-collector.yaml": ["otel-collector", "/etc/otelcol/config.yaml"],
};

/** The compose file that puts a release of an incident into the mesh. */
function overrideOf(folder: Pick<IncidentFolder, "deployed" | "machines">, ports: RelayPorts): object {
  const volumes = (part: string) =>
    releaseFiles.flatMap((file) => {
      const [of, target] = mounts[file] ?? [file.split("/")[0], `/app/${file}`];
      return of === part ? [`${join(folder.deployed, file)}:${target}:ro`] : [];
    });
  const service = (part: (typeof machines)[number]) => ({
    command: ["--import", machine, `/app/${part}/src/main.ts`],
    environment: {
      MACHINE_CLOCK: join(folder.machines, part),
      ...(part === "backend"
        ? { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${ports["backend-to-otel-collector"]}` }
        : {}),
    },
    volumes: volumes(part),
  });
  const configured = Object.values(mounts).map(([part]) => [part, { volumes: volumes(part) }] as const);
  return {
    services: {
      ...Object.fromEntries(configured),
      ...Object.fromEntries(machines.map((part) => [part, service(part)])),
    },
  };
}

/**
 * Brings the mesh to what the files of an incident say now; every link of it goes through its relay, whether it is a bad one or not.
 *
 * @throws {LabError} when a program rejects its file, in that program's own words, with the mesh as it was; or a part does not come up.
 */
export async function deploy(
  folder: IncidentFolder,
  { project, env }: MeshPlace,
  ports: RelayPorts,
  options: Pick<UpOptions, "signal" | "onProgress"> = {},
): Promise<UpResult> {
  copyRelease(folder.root, folder.deployed);
  mkdirSync(folder.machines, { recursive: true });
  for (const [file, [part]] of Object.entries(mounts)) {
    const detours = Object.entries(links).flatMap(([name, { from, to, port }]) =>
      from === part ? [{ part: to, port, relayPort: ports[name as LinkName] }] : [],
    );
    if (detours.length === 0) continue;
    const path = join(folder.deployed, file);
    writeFileSync(path, divertConfig(readFileSync(path, "utf8"), detours));
  }
  writeFileSync(folder.override, stringify(overrideOf(folder, ports)));
  const runtime = await runtimeOf({ project, env }, [join(repoRoot, "compose.yaml"), folder.override]);
  return runtime.up(options);
}

/** What runs the mesh. */
export function runtimeOf({ project, env }: MeshPlace, files: readonly string[] = []): Promise<Runtime> {
  return findRuntime({ project, env: { ...process.env, ...env }, ...(files.length > 0 ? { files } : {}) });
}
