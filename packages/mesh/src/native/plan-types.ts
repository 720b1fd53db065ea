import type { ComposeProject } from "../compose/schema.ts";
import type { HealthPlan } from "./health-plan.ts";
import type { PortMap, PortMapping } from "./port-map.ts";
import type { RestartPolicy } from "./restart-policy.ts";

/** A part that another waits for. */
export interface Dependency {
  readonly name: string;
  readonly condition: "service_started" | "service_healthy" | "service_completed_successfully";
  /** True when the dependent is restarted whenever a command restarts this part. */
  readonly restart: boolean;
}

/** The native form of a mounted configuration file. */
export interface ConfigCopy {
  readonly path: string;
  readonly source: string;
  readonly text: string;
}

/** How much room a part needs on its disks. */
export interface RoomPlan {
  /** What must be left for it to start, in bytes; with half of that it is stopped. */
  readonly least: number;
  /** Its volumes, and folders of the user's that are mounted. */
  readonly folders: readonly string[];
}

/** All that it takes to run one service as a process. */
export interface PartPlan {
  readonly name: string;
  readonly program: string;
  readonly version: string;
  /** What is put before its command, so that it runs within a network of its own. Default: nothing. */
  readonly within?: readonly string[];
  readonly argv: readonly [string, ...string[]];
  /** The whole environment, apart from the marks by which the lab knows its own processes. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly folders: readonly string[];
  readonly room?: RoomPlan;
  readonly configs: readonly ConfigCopy[];
  readonly ports: readonly PortMapping[];
  readonly dependsOn: readonly Dependency[];
  readonly health?: HealthPlan;
  /** Arguments that, put at the end of its command, make the part check its configuration and exit. */
  readonly validateArgs?: readonly string[];
  readonly restart: RestartPolicy;
  /** An Envoy's admin page, an address or a socket's path, over which it is emptied before the stop signal. */
  readonly drain?: string;
  readonly stopSignal: NodeJS.Signals;
  /** Milliseconds between the stop signal and SIGKILL. */
  readonly stopGrace: number;
  /** Changes whenever anything of the part changes, its mounted files included. */
  readonly hash: string;
}

/** A whole mesh, in an order in which each part comes after those it depends on. */
export interface MeshPlan {
  readonly project: string;
  readonly parts: readonly PartPlan[];
}

/** What is at the host's end of a bind mount. */
export type MountSource =
  | { readonly kind: "file"; readonly text: string }
  | { readonly kind: "folder" }
  | { readonly kind: "missing" };

/** Everything that a plan depends on. */
export interface PlanInput {
  readonly project: ComposeProject;
  readonly ports: PortMap;
  readonly programs: Readonly<Record<string, { readonly path: string; readonly version: string }>>;
  /** By host path. */
  readonly mounts: ReadonlyMap<string, MountSource>;
  /** The working folder of a service without a build context. */
  readonly root: string;
  /** PATH, HOME and the like: what every part needs of the user's environment, and no more. */
  readonly baseEnv: Readonly<Record<string, string>>;
  readonly configFolder: string;
  readonly volumeFolder: string;
  /** For volumes without a name, which end with the mesh. */
  readonly anonymousFolder: string;
  /** The file with the networks that this mesh has made, so that its end removes them. */
  readonly networksFile: string;
  /** For file systems in memory (tmpfs), which end with the mesh too; its path is short enough for sockets in it. */
  readonly temporaryFolder: string;
}
