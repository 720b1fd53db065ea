import { join } from "node:path";
import type { z } from "zod";
import type { networksSchema } from "../compose/schema.ts";
import type { NetworkConfig } from "../networks/network-config.ts";
import { namespaceName } from "../networks/network-config.ts";
import type { PlanInput } from "./plan-types.ts";
import { hostPort } from "./port-map.ts";

/** What a part brings into a network. */
interface Entrant {
  readonly project: string;
  readonly configFolder: string;
  /** The group that it runs as, by which rules of iptables tell a proxy's own packets. Default: the user's. */
  readonly group: number | undefined;
  /** `cap_add`: what it needs beyond the rights of a process; with any, it keeps all that the user has. */
  readonly capabilities: readonly string[];
}

const folderOf = (configFolder: string) => join(configFolder, "networks");

/**
 * What is put before a command so that it runs in a network: in its namespace, with the names of the networks as /etc/hosts,
 * and, as root has them all, without capabilities. Each step ends by becoming the next, so the process stays the part's own.
 */
export function wayInto(network: string, { project, configFolder, group, capabilities }: Entrant): string[] {
  const folder = folderOf(configFolder);
  const mount = 'mount --bind "$1" /etc/hosts && mount --bind "$2" /etc/resolv.conf && shift 2 && exec "$@"';
  const rights = capabilities.length > 0 ? [] : ["--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"];
  const ids = group === undefined ? [] : [`--regid=${group}`, "--clear-groups"];
  return [
    ...["nsenter", `--net=/run/netns/${namespaceName(project, network)}`, "--"],
    ...["unshare", "--mount", "--propagation=private", "--"],
    ...["sh", "-c", mount, "sh", join(folder, "hosts"), join(folder, "resolv.conf")],
    ...(rights.length + ids.length > 0 ? ["setpriv", ...rights, ...ids, "--"] : []),
  ];
}

/** A file that the part reads which makes the networks: where its command says that it is, and where it really is. */
export interface NetworkFile {
  readonly target: string;
  readonly path: string;
  readonly text: string;
}

/** The files that say how the networks of a project are, and what about them cannot be. */
export function networkFiles(
  { joint, addresses, names, outside }: z.output<typeof networksSchema>,
  { project, ports, configFolder, networksFile }: PlanInput,
): { files: NetworkFile[]; problems: string[] } {
  const problems: string[] = [];
  const used = Object.entries(project.services).flatMap(([service, { "x-native": native }]) =>
    native?.network === undefined ? [] : [{ service, network: native.network }],
  );
  for (const { service, network } of used) {
    if (addresses[network] === undefined)
      problems.push(`${service} runs in ${network}, which has no address`);
  }
  const center = addresses[joint];
  if (center === undefined) problems.push(`joint: ${joint} has no address`);
  const config: NetworkConfig = {
    project: project.name,
    record: networksFile,
    joint,
    networks: Object.entries(addresses).map(([name, address]) => ({ name, address })),
    inward: used.flatMap(({ service, network }) =>
      (ports.get(service) ?? []).map(({ host, container }) => ({ host, network, port: container })),
    ),
    outward: outside.flatMap((text) => {
      const [service = "", port = ""] = text.split(":");
      const host = hostPort(ports, service, Number(port));
      if (host === undefined) problems.push(`outside: ${service} declares no port ${port}`);
      return host === undefined ? [] : [{ port: Number(port), host }];
    }),
  };
  const outsiders = Object.fromEntries(outside.map((text) => [text.split(":")[0], center ?? ""]));
  const hosts = Object.entries({ localhost: "127.0.0.1", ...names, ...outsiders });
  const folder = folderOf(configFolder);
  const file = (name: string, text: string) => ({
    target: `/etc/networks/${name}`,
    path: join(folder, name),
    text,
  });
  return {
    problems,
    files: [
      file("networks.json", `${JSON.stringify(config, undefined, 2)}\n`),
      file("hosts", hosts.map(([name, address]) => `${address} ${name}\n`).join("")),
      // Who asks for another name hears at once that nobody knows it.
      file("resolv.conf", "nameserver 127.0.0.1\n"),
    ],
  };
}
