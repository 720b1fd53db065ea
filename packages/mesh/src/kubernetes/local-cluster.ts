import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import type { MeshFolder } from "../native/mesh-folder.ts";
import type { ProgramProgress } from "../programs/index.ts";
import { localContext } from "./ask-cluster.ts";
import type { Cluster } from "./kubectl.ts";
import { ensureImages } from "./node/images.ts";
import { endNode, isNodeRunning, nodePlace } from "./node/node.ts";
import { ensureKube, whyNoNode } from "./node/programs.ts";
import { startNode } from "./node/start-node.ts";

/** A node of this machine, as the mesh on it knows it. */
export interface LocalCluster {
  readonly cluster: Cluster;
  readonly node: string;
  /** The port on 127.0.0.1 of its API server, for whoever keeps it open. */
  readonly apiPort: number;
  /** Whether this call has started it, so that nothing is on it yet. */
  readonly isNew: boolean;
}

/** The folder of the node of a mesh: a short path, as there are sockets in it. */
function nodeFolder(folder: MeshFolder): string {
  return join(tmpdir(), `lab-node-${createHash("sha256").update(folder.root).digest("hex").slice(0, 12)}`);
}

/**
 * Starts a node of Kubernetes on this machine, for one mesh, or finds the one that runs.
 *
 * @param known the port of its API server, when it was started before.
 * @throws {LabError} (exit code `toolsMissing`) when none can be run here; it says what is missing.
 */
export async function ensureLocalCluster(
  folder: MeshFolder,
  known: number | undefined,
  onProgress: (progress: ProgramProgress) => void,
  signal?: AbortSignal,
): Promise<LocalCluster> {
  const startedAt = performance.now();
  const tell = (text: string) =>
    onProgress({ program: undefined, kind: "tick", text, elapsedMs: performance.now() - startedAt });
  const node = nodeFolder(folder);
  const place = nodePlace(node);
  const cluster: Cluster = {
    context: localContext,
    kubeconfig: join(folder.root, "kubeconfig"),
    kubectl: place.kubectl,
  };
  if (known !== undefined && isNodeRunning(node)) return { cluster, node, apiPort: known, isNew: false };
  // What an earlier one left that was killed.
  endNode(node);
  const why = whyNoNode();
  if (why !== undefined) {
    throw new LabError(`no node of Kubernetes can be run here: ${why}`, {
      exitCode: ExitCode.toolsMissing,
      hint: "It takes Linux, root, and Debian's etcd-server, containerd, runc, containernetworking-plugins and iptables. Name a cluster of yours with --context.",
    });
  }
  const programs = await ensureKube(tell);
  signal?.throwIfAborted();
  const images = await ensureImages(programs.coredns, onProgress, signal);
  signal?.throwIfAborted();
  for (const it of ["queue-0", "queue-1", "traces"])
    mkdirSync(join(volumesOf(folder), it), { recursive: true });
  await startNode(node, { programs, images, signal, tell });
  const apiPort = await freePort();
  mkdirSync(folder.root, { recursive: true });
  writeFileSync(cluster.kubeconfig ?? "", outsideKubeconfig(place.kubeconfig, apiPort), { mode: 0o600 });
  return { cluster, node, apiPort, isNew: true };
}

/** Ends the node of a mesh, as far as there is one. */
export function endLocalCluster(folder: MeshFolder): void {
  endNode(nodeFolder(folder));
  rmSync(join(folder.root, "kubeconfig"), { force: true });
}

/** Where the volumes of a mesh on such a node are; they outlive it. */
export function volumesOf(folder: MeshFolder): string {
  return join(folder.volumes, "kubernetes");
}

/** The kubeconfig of a node, for who is outside of its network. */
function outsideKubeconfig(inside: string, port: number): string {
  const config = JSON.parse(readFileSync(inside, "utf8"));
  const [{ cluster }] = config.clusters;
  cluster.server = `https://127.0.0.1:${port}`;
  // Its certificate has the API server's names within a cluster, and not this address.
  cluster["tls-server-name"] = "kubernetes";
  config.contexts[0].name = localContext;
  config["current-context"] = localContext;
  return JSON.stringify(config, null, 2);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
