// Keeps the ways open between this machine and a mesh on Kubernetes, and serves its page:
// node keeper-main.ts PROJECT STATE-ROOT. Started by `lab up`, in the background; `lab down` ends it.
import { spawn } from "node:child_process";
import { openSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { labParts } from "../../lab-parts.ts";
import { baseEnvironment } from "../../native/gather.ts";
import { logPath, meshFolder, writeAtomically } from "../../native/mesh-folder.ts";
import { identify } from "../../native/processes.ts";
import { pageOrigin, pageSession } from "../../page.ts";
import { apiAddress } from "../node/config.ts";
import { nodePlace } from "../node/node.ts";
import { portKey, readRecord } from "../record.ts";
import { apiKey, keeperFile } from "./keeper.ts";
import { PodsWay } from "./pods-way.ts";
import { relay } from "./relay.ts";
import type { Way } from "./ways.ts";
import { CrossingWay, serviceAddress } from "./ways.ts";

/** After the page has ended by itself, in milliseconds. */
const againMs = 1_000;

const [project = "", root = ""] = process.argv.slice(2);
const folder = meshFolder(project, root);
const record = readRecord(folder);
if (record === undefined) throw new Error(`${folder.kubernetes} is not there`);
const { cluster, namespace, node, ports, page } = record;
const crossing = node === undefined ? undefined : nodePlace(node).crossing;
const ways: Way[] = [];
let pageProcess: ReturnType<typeof spawn> | undefined;
let isEnding = false;

for (const [key, port] of Object.entries(ports)) {
  if (key === portKey(labParts.page.service, labParts.page.port)) continue;
  const way = wayTo(key);
  ways.push(way);
  await relay(port, way);
}
if (page) await servePage();
await tell();

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    isEnding = true;
    for (const it of ways) it.close();
    pageProcess?.kill();
    process.exit(0);
  });
}
// It outlives the terminal that it was started from.
process.on("SIGHUP", () => undefined);

function wayTo(key: string): Way {
  const [service = "", port] = key.split(":");
  if (crossing === undefined) return new PodsWay(cluster, namespace, service, Number(port));
  if (key === apiKey) return new CrossingWay(crossing, async () => apiAddress);
  return new CrossingWay(crossing, serviceAddress(cluster, namespace, service, Number(port)));
}

/** Says which processes these are, for who asks after them and who ends them. */
function tell(): Promise<void> {
  const id = pageProcess?.pid === undefined ? undefined : identify(pageProcess.pid);
  const keeper = { ...identify(process.pid), ...(id === undefined ? {} : { page: id }) };
  return writeAtomically(keeperFile(folder), JSON.stringify(keeper), 0o600);
}

/** The page is a process of this machine, which asks the cluster as `lab` does. */
async function servePage(): Promise<void> {
  const host = (it: { service: string; port: number }) =>
    `http://127.0.0.1:${ports[portKey(it.service, it.port)]}`;
  const session = join(folder.volumes, pageSession.volume);
  await mkdir(session, { recursive: true });
  const log = openSync(logPath(folder, labParts.page.service), "a");
  const child = spawn(process.execPath, ["packages/page-server/src/main.ts"], {
    cwd: repoRoot,
    env: {
      ...baseEnvironment(process.env),
      NODE_ENV: "production",
      LISTEN_ADDRESS: new URL(host(labParts.page)).host,
      PAGE_ORIGIN: pageOrigin(process.env),
      EDGE_ORIGIN: host(labParts.edge),
      COLLECTOR_URL: host(labParts.spans),
      SESSION_FOLDER: session,
      COMPOSE_PROJECT_NAME: project,
      LAB_PORT_SHIFT: process.env.LAB_PORT_SHIFT ?? "",
      ENVOY_MESH_LAB_STATE: root,
      ENVOY_MESH_LAB_CACHE: process.env.ENVOY_MESH_LAB_CACHE ?? "",
    },
    stdio: ["ignore", log, log],
  });
  pageProcess = child;
  child.once("close", () => {
    if (!isEnding) setTimeout(() => void servePage().then(tell), againMs);
  });
}
