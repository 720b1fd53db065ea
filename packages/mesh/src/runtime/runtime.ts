import type { PartAction } from "../native/control-protocol.ts";
import type { PartStatus } from "../native/state.ts";
import type { ProgramProgress } from "../programs/index.ts";

/** What runs the parts of a mesh: processes of this machine, containers, or pods of a cluster. */
export const runtimeNames = ["native", "docker", "kubernetes"] as const;
export type RuntimeName = (typeof runtimeNames)[number];

/** How one part is, whatever runs it. */
export type MeshPart = Pick<
  PartStatus,
  | "name"
  | "program"
  | "version"
  | "state"
  | "detail"
  | "process"
  | "notReadySince"
  | "exitCode"
  | "exitSignal"
  | "restarts"
  | "ports"
> & {
  /** What distinguishes one start of the part from another. */
  readonly run?: string;
  /** The file with what it prints; containers have none. */
  readonly log?: string;
  /** The name of its container. */
  readonly container?: string;
  /** The names of the pods that it is in, on Kubernetes: there may be several of one part. */
  readonly pods?: readonly string[];
};

/** How a mesh is. */
export interface MeshView<P = MeshPart> {
  readonly project: string;
  /**
   * Of what watches over the parts: `gone`: it ended without stopping them; `silent`: it runs, but does not answer;
   * `none`: there is no mesh.
   */
  readonly supervisor: "running" | "silent" | "gone" | "none";
  readonly parts: readonly P[];
  /** The compose files that it was last brought up from, where that is known. */
  readonly files?: readonly string[];
}

/** A cluster, and what goes there. */
export interface ClusterChoice {
  /** A context of the user's kubeconfig; "local" is a node that is started on this machine. */
  readonly context?: string | undefined;
  /** The folder for Kustomize, from the top of the repository or absolute. Default: kubernetes/base */
  readonly kustomize?: string | undefined;
}

/** How to bring a mesh up. */
export interface UpOptions {
  /** Only these parts and what they depend on; the others are left as they are. Default: all. */
  readonly parts?: readonly string[];
  /** Default: `COMPOSE_PROFILES`. */
  readonly profiles?: readonly string[];
  /** Variables in addition to this process's, for the interpolation. */
  readonly env?: NodeJS.ProcessEnv;
  /** True to leave everything running when a part does not come up. */
  readonly keep?: boolean;
  /** How long the parts may take to come up, in milliseconds. Default: two minutes. */
  readonly timeout?: number;
  readonly signal?: AbortSignal | undefined;
  /** On which cluster, for Kubernetes. Default: the one that the mesh is on already. */
  readonly cluster?: ClusterChoice;
  readonly onProgress?: (progress: ProgramProgress) => void;
}

/** What was done to bring a mesh up: names of parts. */
export interface UpResult {
  readonly project: string;
  /** True when a mesh of this name ran already and was brought to what the files say. */
  readonly wasRunning: boolean;
  readonly started: readonly string[];
  readonly restarted: readonly string[];
  /** Those of the restarted whose settings are what they were, but which were up and not ready. */
  readonly unready?: readonly string[];
  readonly removed: readonly string[];
  readonly unchanged: readonly string[];
  readonly parts: readonly Pick<MeshPart, "name">[];
}

/** What ending a mesh found. */
export interface DownResult {
  /** False when nothing of it ran. */
  readonly wasRunning: boolean;
  /** The parts that ran without a supervisor. */
  readonly orphans: readonly string[];
  /** What was left on a cluster, in words; nothing of it is listed elsewhere. */
  readonly left?: readonly string[];
}

/** A place in what a part prints. */
export interface LogMark {
  readonly part: string;
  readonly at: string | number;
}

/** What was added to a log. */
export interface LogAddition {
  readonly text: string;
  /** Bytes before it that were left out, as they came faster than they are read. */
  readonly skipped: number;
}

/** What runs one mesh. All of it throws LabErrors, with the exit codes that the README lists. */
export interface Runtime {
  readonly name: RuntimeName;
  readonly project: string;
  up(options: UpOptions): Promise<UpResult>;
  /** Ends the mesh and removes what it left behind; its named volumes only with `volumes`. */
  down(options: { readonly volumes: boolean }): Promise<DownResult>;
  /** How the mesh is; with `fresh`, each part is asked now, and not only when its health check is due. */
  status(options?: { readonly fresh?: boolean }): Promise<MeshView>;
  /** Does something to one part; done when the part has stopped or is being started. */
  act(action: PartAction, part: string, signal?: NodeJS.Signals): Promise<void>;
  /** Prints the end of one part's log, or of all; and with `follow` what is added, until Ctrl-C. */
  showLogs(options: { part: string | undefined; lines: number; follow: boolean }): Promise<void>;
  /** The end of a part's log, to read from there later. */
  markLog(part: string): Promise<LogMark>;
  /** What a part has printed, all of it or since a mark. */
  readLog(from: string | LogMark): Promise<string>;
  /** The last lines of a part's log, and then what is added to it, until the signal. */
  followLog(
    part: string,
    options: { readonly lines: number; readonly signal: AbortSignal },
  ): AsyncIterable<LogAddition>;
  /** The token of the session of the page; undefined while there is none. */
  pageToken(): Promise<string | undefined>;
  /** What a part answers to GET at one of its container's ports: once for each of its instances that answers. */
  get(part: string, port: number, path: string): Promise<readonly string[]>;
}
