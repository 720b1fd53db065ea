import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { z } from "zod";
import type { NetworkConfig } from "./network-config.ts";
import { namespaceName } from "./network-config.ts";

/** Where the kernel's network namespaces have names, by ip-netns(8). */
const named = "/run/netns";

const recordSchema = z.array(z.string());

function read(record: string): string[] {
  return existsSync(record) ? recordSchema.parse(JSON.parse(readFileSync(record, "utf8"))) : [];
}

function run(program: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
  if (status === 0) return;
  throw new LabError(`${program} ${args.join(" ")}: ${(error?.message ?? stderr).trim()}`, {
    hint: "Namespaces of the network need Linux, root, and the packages iproute2 and util-linux.",
    exitCode: ExitCode.notReady,
  });
}

/**
 * Makes the networks that are not there yet: each a namespace with an address on one bridge, and no way out of it. What was
 * made is written down before it is, so that whatever happens it can be removed.
 *
 * @throws LabError when there is a namespace of such a name that this mesh has not made.
 */
export function makeNetworks({ project, record, joint: jointName, networks }: NetworkConfig): void {
  const made = read(record);
  const all = networks.map((it) => ({ ...it, namespace: namespaceName(project, it.name) }));
  const joint = all.find(({ name }) => name === jointName);
  if (joint === undefined) throw new Error(`there is no network ${jointName}`);
  const others = all.filter((it) => it !== joint);
  const make = (namespace: string, fill: (inside: (...args: string[]) => void) => void) => {
    const isThere = existsSync(join(named, namespace));
    if (isThere && made.includes(namespace)) return;
    if (isThere) {
      throw new LabError(`there is a network namespace ${namespace}, which this mesh has not made`, {
        hint: `If nobody needs it, remove it: ip netns delete ${namespace}`,
        exitCode: ExitCode.notReady,
      });
    }
    made.push(namespace);
    writeFileSync(record, JSON.stringify([...new Set(made)]));
    run("ip", "netns", "add", namespace);
    const inside = (...args: string[]) => run("ip", "-n", namespace, ...args);
    inside("link", "set", "lo", "up");
    fill(inside);
  };
  make(joint.namespace, (inside) => {
    inside("link", "add", "joint", "type", "bridge");
    inside("address", "add", `${joint.address}/24`, "dev", "joint");
    inside("link", "set", "joint", "up");
  });
  for (const { name, namespace, address } of others) {
    make(namespace, (inside) => {
      inside("link", "add", "eth0", "type", "veth", "peer", "name", name, "netns", joint.namespace);
      inside("address", "add", `${address}/24`, "dev", "eth0");
      inside("link", "set", "eth0", "up");
      // Of addresses that nobody has, as those of Services are, packets must have a way before a rule can turn them.
      inside("route", "add", "default", "via", joint.address);
      run("ip", "-n", joint.namespace, "link", "set", name, "master", "joint", "up");
    });
  }
}

/** Removes the networks that a mesh has made, by what it has written down. */
export function removeNetworks(record: string): void {
  for (const namespace of read(record)) {
    if (existsSync(join(named, namespace))) run("ip", "netns", "delete", namespace);
  }
  rmSync(record, { force: true });
}
