import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** An address that a process listens on: in the kernel's spelling, and its port. */
export interface Listening {
  /** `0100007F` is 127.0.0.1. */
  readonly address: string;
  readonly port: number;
}

/** What processes listen on, from the kernel's tables (proc_pid_net(5)), which know of ports that nobody declared too. */
export function listeningOf(pids: readonly (number | undefined)[]): Listening[] {
  const sockets = new Set(pids.flatMap(socketsOf));
  return ["tcp", "tcp6"]
    .flatMap((table) => readFileSync(`/proc/net/${table}`, "utf8").trim().split("\n").slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === "0A" && sockets.has(`socket:[${fields[9]}]`))
    .map((fields) => String(fields[1]).split(":"))
    .map(([address = "", port = ""]) => ({ address, port: Number.parseInt(port, 16) }));
}

function socketsOf(pid: number | undefined): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).flatMap((fd) => {
    try {
      return [readlinkSync(join(folder, fd))];
    } catch {
      // Closed since it was listed.
      return [];
    }
  });
}
