import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const ipForward = "/proc/sys/net/ipv4/ip_forward";

/** The names that Docker gives to its bridges, and to chains of the firewall. */
const ofDocker = /docker|\bbr-[0-9a-f]{12}\b/i;

/**
 * An engine that ends leaves its bridges, its rules in the firewall and the forwarding of packets behind.
 *
 * @returns what takes away those that were not there when this was called.
 */
export function rememberNetwork(): () => void {
  const rules = tables().map(({ command, table }) => ({ command, table, before: rulesOf(command, table) }));
  const links = linkNames();
  const forwarding = readFileSync(ipForward, "utf8");
  return () => {
    for (const { command, table, before } of rules) {
      const policies = new Map(before.filter((it) => it.startsWith(":")).map((it) => [it.split(" ")[0], it]));
      const kept = rulesOf(command, table)
        .filter((it) => before.includes(it) || !ofDocker.test(it))
        .map((it) => policies.get(it.split(" ")[0]) ?? it);
      execFileSync(`${command}-restore`, ["--table", table], { input: `${kept.join("\n")}\n` });
    }
    for (const link of linkNames().filter((it) => !links.includes(it) && ofDocker.test(it))) {
      execFileSync("ip", ["link", "delete", link]);
    }
    if (readFileSync(ipForward, "utf8") !== forwarding) writeFileSync(ipForward, forwarding);
  };
}

/** The tables that Docker writes to, where the kernel has them. */
function tables() {
  return ["iptables", "ip6tables"].flatMap((command) =>
    ["raw", "filter", "nat"]
      .filter((table) => spawnSync(`${command}-save`, ["--table", table]).status === 0)
      .map((table) => ({ command, table })),
  );
}

/** The lines that say what is there, without comments and counters. */
function rulesOf(command: string, table: string): string[] {
  return execFileSync(`${command}-save`, ["--table", table], { encoding: "utf8" })
    .split("\n")
    .filter((it) => it !== "" && !it.startsWith("#"))
    .map((it) => it.replace(/ \[\d+:\d+\]$/, " [0:0]"));
}

function linkNames(): string[] {
  const links = JSON.parse(execFileSync("ip", ["-json", "link"], { encoding: "utf8" })) as {
    ifname: string;
  }[];
  return links.map((it) => it.ifname);
}
