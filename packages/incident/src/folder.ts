import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { workspaceFolder } from "@envoy-mesh-lab/exercise";

/** Where an incident keeps what is about it. */
export interface IncidentFolder {
  /** The files of the release, which the learner changes. */
  readonly root: string;
  readonly state: string;
  readonly ledger: string;
  readonly keeper: string;
  readonly keeperLog: string;
  /** The files as they are in the mesh. */
  readonly deployed: string;
  readonly override: string;
  /** A file for each machine: how much its clock is ahead. */
  readonly machines: string;
}

const prefix = "incident-";

function folderAt(root: string): IncidentFolder {
  const own = join(root, ".incident");
  return {
    root,
    state: join(own, "state.json"),
    ledger: join(own, "ledger.jsonl"),
    keeper: join(own, "keeper.json"),
    keeperLog: join(own, "keeper.log"),
    deployed: join(own, "deployed"),
    override: join(own, "compose.yaml"),
    machines: join(own, "machines"),
  };
}

/** The lock that commands about incidents take. */
export function lockFile(): string {
  return join(workspaceFolder(), ".incident-lock");
}

/** The folder of an incident by where it is, as its keeper is told. */
export function folderOf(root: string): IncidentFolder {
  return folderAt(root);
}

/** A folder for a new incident, which is not there yet: what an earlier one left stays. */
export function newFolder(seed: number): IncidentFolder {
  let root = join(workspaceFolder(), `${prefix}${seed}`);
  for (let n = 2; existsSync(root); n++) root = join(workspaceFolder(), `${prefix}${seed}.${n}`);
  return folderAt(root);
}

/** The folder of the newest incident; undefined when there was none. */
export function newestFolder(): IncidentFolder | undefined {
  const workspace = workspaceFolder();
  const all = (existsSync(workspace) ? readdirSync(workspace) : [])
    .filter((it) => it.startsWith(prefix))
    .map((it) => folderAt(join(workspace, it)))
    .filter(({ state }) => existsSync(state))
    .map((it) => ({ it, at: statSync(it.state).birthtimeMs }));
  return all.sort((a, b) => b.at - a.at)[0]?.it;
}
