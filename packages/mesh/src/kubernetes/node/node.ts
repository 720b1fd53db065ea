import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { processIds } from "@envoy-mesh-lab/bootstrap";
import { z } from "zod";
import type { ProcessId } from "../../native/processes.ts";
import { identify, isAlive, signal } from "../../native/processes.ts";
import { restoreHost, unmountBelow } from "./host.ts";

/** The network namespace of the node. There is one node on a machine at a time. */
export const nodeNamespace = "envoy-mesh-lab-kubernetes";

/** Longest that anything of the node may take to be ready, in milliseconds; far more than it takes. */
export const patienceMs = 180_000;
/** How long a program may take to end before it is killed, in milliseconds. */
const endMs = 10_000;

const recordSchema = z.object({
  host: z.object({
    sysctls: z.record(z.string(), z.string()),
    namespaces: z.array(z.string()).readonly(),
    // Not in what an earlier release wrote; then the folder is left alone.
    hasShimState: z.boolean().default(true),
  }),
  processes: z.array(z.object({ name: z.string(), pid: z.number(), startTime: z.string() })),
});

/** A node's own folder, and what of it others need. */
export interface NodePlace {
  readonly folder: string;
  /** A kubectl, and how it reaches the node from within its network. */
  readonly kubectl: string;
  readonly kubeconfig: string;
  /** What lets others reach addresses of the node's network (crossing.ts). */
  readonly crossing: string;
}

/** Where a node keeps everything; nothing is created. */
export function nodePlace(folder: string): NodePlace {
  return {
    folder,
    kubectl: join(folder, "bin", "kubectl"),
    kubeconfig: join(folder, "admin.kubeconfig"),
    crossing: join(folder, "crossing.sock"),
  };
}

/** Whether the node in this folder runs: its API server does. */
export function isNodeRunning(folder: string): boolean {
  const { processes = [] } = readRecord(folder) ?? {};
  return processes.some((it) => it.name === "kube-apiserver" && isAlive(it));
}

/**
 * Ends the node of a folder and puts the machine back as it was, whoever started it; nothing where there is none. Nothing else
 * runs meanwhile, so that it can be done while this process exits.
 */
export function endNode(folder: string): void {
  const record = readRecord(folder);
  if (record === undefined) return;
  const processes = new Map(record.processes.map((it) => [it.name, it]));
  const endAll = (...names: string[]) => {
    const these = names.flatMap((name) => processes.get(name) ?? []);
    for (const it of these) signal(it, "SIGTERM");
    for (const it of these) untilEnded(it);
  };
  // First the kubelet, which would start again what ends; then the containers, which are not its children.
  endAll("kubelet", "kube-proxy", "kube-scheduler", "kube-controller-manager", "crossing");
  const ctr = (...args: string[]) =>
    spawnSync("ctr", ["--address", join(folder, "containerd.sock"), "--namespace", "k8s.io", ...args], {
      encoding: "utf8",
      timeout: patienceMs,
    });
  const tasks = (ctr("tasks", "ls", "--quiet").stdout ?? "").split("\n").filter((it) => it !== "");
  if (tasks.length > 0) ctr("tasks", "delete", "--force", ...tasks);
  endAll("kube-apiserver", "etcd", "containerd");
  endShims(folder);
  unmountBelow(folder);
  spawnSync("ip", ["netns", "delete", nodeNamespace]);
  restoreHost(record.host);
  rmSync(folder, { recursive: true, force: true });
}

const recordFile = (folder: string) => join(folder, "node.json");

function readRecord(folder: string): z.infer<typeof recordSchema> | undefined {
  const file = recordFile(folder);
  return existsSync(file) ? recordSchema.parse(JSON.parse(readFileSync(file, "utf8"))) : undefined;
}

/** Writes down what there is to take away again. */
export function writeRecord(folder: string, record: z.infer<typeof recordSchema>): void {
  writeFileSync(recordFile(folder), JSON.stringify(record), { mode: 0o600 });
}

/** A container's shim is no child of containerd, and outlives it where containerd no longer knew its task. */
function endShims(folder: string): void {
  const socket = join(folder, "containerd.sock");
  for (const pid of processIds()) {
    const [program = "", ...args] = commandOf(pid);
    const isShim = basename(program).startsWith("containerd-shim") && args.includes(socket);
    const id = isShim ? identify(pid) : undefined;
    if (id === undefined) continue;
    signal(id, "SIGKILL");
    untilEnded({ ...id, name: program });
  }
}

function commandOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    // It has ended meanwhile.
    return [];
  }
}

function untilEnded(process: ProcessId & { readonly name: string }): void {
  const killAt = performance.now() + endMs;
  let isKilled = false;
  while (isAlive(process)) {
    if (performance.now() > killAt + endMs) {
      throw new Error(`${process.name} (process ${process.pid}) does not end`);
    }
    if (!isKilled && performance.now() > killAt) isKilled = signal(process, "SIGKILL");
    // Nothing else runs meanwhile: a process that exits has no event loop any more.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  }
}
