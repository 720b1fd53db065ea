import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
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

/**
 * What a node changes of the machine outside of its own folder and namespace.
 *
 * @returns what puts everything back as it was when this was called. The node's processes have ended then.
 */
export function rememberHost(): () => void {
  const values = sysctls.map((name) => {
    const file = join("/proc/sys", name);
    return { file, value: readFileSync(file, "utf8") };
  });
  const namespaces = namespacesNow();
  return () => {
    for (const { file, value } of values) {
      if (readFileSync(file, "utf8") !== value) writeFileSync(file, value);
    }
    for (const it of namespacesNow().filter(
      (name) => !namespaces.includes(name) && name.startsWith("cni-"),
    )) {
      spawnSync("ip", ["netns", "delete", it]);
    }
    for (const parent of [cgroups, ...readdirSync(cgroups).map((it) => join(cgroups, it))]) {
      removeCgroup(join(parent, "kubepods"));
    }
  };
}

function namespacesNow(): string[] {
  const { stdout } = spawnSync("ip", ["-json", "netns"], { encoding: "utf8" });
  return (JSON.parse(stdout.trim() || "[]") as { name: string }[]).map(({ name }) => name);
}

/** A cgroup is removed from its leaves up, and only as a folder: its files are the kernel's. */
function removeCgroup(folder: string): void {
  let names: string[];
  try {
    names = readdirSync(folder, { withFileTypes: true })
      .filter((it) => it.isDirectory())
      .map((it) => it.name);
  } catch {
    // It is not there: no controller of that name has pods.
    return;
  }
  for (const name of names) removeCgroup(join(folder, name));
  rmdirSync(folder);
}
