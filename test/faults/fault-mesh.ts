import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { Relay } from "@envoy-mesh-lab/incident";
import type { Mesh } from "@envoy-mesh-lab/mesh";
import { meshDown, meshUp, progressPrinter, readMesh } from "@envoy-mesh-lab/mesh";
import { stringify } from "yaml";
import { portShifts } from "../port-shifts.ts";
import type { HopName } from "./hops.ts";
import { hopNames, hops } from "./hops.ts";
import { writeOverride } from "./override.ts";
import { SmallDisk, unmountDisk, whyNoDisk } from "./small-disk.ts";

/** A mesh of its own, with a relay in every hop, and small disks under the Collector and Tempo where that is possible. */
export interface FaultMesh {
  readonly mesh: Mesh;
  readonly relays: Readonly<Record<HopName, Relay>>;
  readonly disks: ReadonlyMap<string, SmallDisk>;
  /** Ends the mesh, and removes all that it kept. */
  stop(): Promise<void>;
}

/** The mesh's name and ports, beside the user's own and that of the end-to-end tests. */
const portShift = portShifts.faults;
const environment = { COMPOSE_PROJECT_NAME: "envoy-mesh-lab-faults", LAB_PORT_SHIFT: String(portShift) };

/** The first port of the relays: below those that the system gives to whoever wants any. */
const firstRelayPort = 28_100;
const relayPorts = Object.fromEntries(hopNames.map((name, i) => [name, firstRelayPort + i])) as Record<
  HopName,
  number
>;

const MiB = 1 << 20;
/** Room for what each keeps in a stage or a night. */
const diskBytes = { "otel-collector": 256 * MiB, tempo: 4096 * MiB };

function diskFolder(part: string): string {
  return join(tmpdir(), `${environment.COMPOSE_PROJECT_NAME}-${part}`);
}

/** Ends such a mesh and removes all that it kept, whoever started it; nothing when there is none. */
export async function endFaultMesh(): Promise<void> {
  try {
    await meshDown({ project: environment.COMPOSE_PROJECT_NAME, volumes: true });
  } finally {
    for (const part of Object.keys(diskBytes)) {
      unmountDisk(diskFolder(part));
      rmSync(diskFolder(part), { recursive: true, force: true });
    }
  }
}

/** Starts it. What this process starts from here on finds it by its environment. */
export async function startFaultMesh(): Promise<FaultMesh> {
  Object.assign(process.env, environment);
  const folder = mkdtempSync(join(tmpdir(), "envoy-mesh-lab-faults-"));
  const relays: Partial<Record<HopName, Relay>> = {};
  const disks = new Map<string, SmallDisk>();
  const release = () => {
    for (const relay of Object.values(relays)) relay.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const name of hopNames) {
      relays[name] = await Relay.open(relayPorts[name], hostPortOf(name));
    }
  } catch (error) {
    // Before anything of it is touched.
    release();
    throw new Error("another run of the faults is at work, or somebody has the ports of its relays", {
      cause: error,
    });
  }
  try {
    // One that was left by a run that was killed has its faults still.
    await endFaultMesh();
    for (const [part, bytes] of Object.entries(whyNoDisk() ? {} : diskBytes)) {
      disks.set(part, SmallDisk.mount(diskFolder(part), bytes));
    }
    const override = join(folder, "compose.faults.yaml");
    writeFileSync(override, stringify(writeOverride({ folder, relayPorts, disks })));
    const printer = progressPrinter(process.stderr);
    const files = [join(repoRoot, "compose.yaml"), override];
    await meshUp({ files, onProgress: printer.onProgress }).finally(printer.end);
    return {
      mesh: await readMesh(),
      relays: relays as Record<HopName, Relay>,
      disks,
      stop: () => endFaultMesh().finally(release),
    };
  } catch (error) {
    await endFaultMesh().finally(release);
    throw error;
  }
}

/** Where a hop's target listens natively: no part of the mesh publishes these ports under another number. */
function hostPortOf(name: HopName): number {
  return hops[name].to.port + portShift;
}
