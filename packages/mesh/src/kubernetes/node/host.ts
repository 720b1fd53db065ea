import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Settings of the whole machine that the kubelet changes. */
const sysctls = [
  "vm/overcommit_memory",
  "vm/panic_on_oom",
  "kernel/panic",
  "kernel/panic_on_oops",
  "kernel/keys/root_maxkeys",
  "kernel/keys/root_maxbytes",
];

/** Where cgroups of pods are, under each controller of version 1 or in the one tree of version 2. */
const cgroups = "/sys/fs/cgroup";

/** Where a containerd's shims and runc keep their state, whatever folder containerd itself was given. */
const shimState = "/run/containerd";

/** How the machine was, in what a node changes of it outside of its own folder and network namespace. */
export interface HostBefore {
  /** The text of each setting, by its file. */
  readonly sysctls: Readonly<Record<string, string>>;
  /** The names of the network namespaces that were there. */
  readonly namespaces: readonly string[];
  /** Whether another containerd had the folder of its shims' state there. */
  readonly hasShimState: boolean;
}

/** Reads what a node is going to change. */
export function lookAtHost(): HostBefore {
  const files = sysctls.map((name) => join("/proc/sys", name));
  return {
    sysctls: Object.fromEntries(files.map((file) => [file, readFileSync(file, "utf8")])),
    namespaces: namespacesNow(),
    hasShimState: existsSync(shimState),
  };
}

/** Puts the machine back as it was. The node's processes have ended then. */
export function restoreHost(before: HostBefore): void {
  for (const [file, value] of Object.entries(before.sysctls)) {
    if (readFileSync(file, "utf8") !== value) writeFileSync(file, value);
  }
  const isNew = (name: string) => name.startsWith("cni-") && !before.namespaces.includes(name);
  for (const it of namespacesNow().filter(isNew)) spawnSync("ip", ["netns", "delete", it]);
  for (const folder of cgroupsOfPods()) removeCgroup(folder);
  // Only what is empty: another containerd may have begun since.
  if (!before.hasShimState) spawnSync("find", [shimState, "-depth", "-type", "d", "-empty", "-delete"]);
}

/** The cgroups that a kubelet makes for its pods, where there are any. */
export function cgroupsOfPods(): string[] {
  if (!existsSync(cgroups)) return [];
  return [cgroups, ...readdirSync(cgroups).map((it) => join(cgroups, it))]
    .map((it) => join(it, "kubepods"))
    .filter((it) => existsSync(it));
}

/** Takes away what is mounted in a folder: the file systems of pods, which outlive the programs that mounted them. */
export function unmountBelow(folder: string): void {
  const mounted = readFileSync("/proc/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "")
    .filter((it) => it.startsWith(`${folder}/`));
  for (const path of mounted.reverse()) spawnSync("umount", ["--lazy", path]);
}

function namespacesNow(): string[] {
  const { stdout } = spawnSync("ip", ["-json", "netns"], { encoding: "utf8" });
  return (JSON.parse(stdout.trim() || "[]") as { name: string }[]).map(({ name }) => name);
}

/** A cgroup is removed from its leaves up, and only as a folder: its files are the kernel's. */
function removeCgroup(folder: string): void {
  for (const it of readdirSync(folder, { withFileTypes: true })) {
    if (it.isDirectory()) removeCgroup(join(folder, it.name));
  }
  rmdirSync(folder);
}
