import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";

/** A process that listens on a port. */
export interface PortHolder {
  readonly pid: number;
  readonly command: string;
}

const listening = "0A";

/** The inodes of the sockets that listen on a port, from the text of `/proc/net/tcp` or `tcp6` (proc_pid_net(5)). */
export function listeningInodes(table: string, port: number): string[] {
  return table.split("\n").flatMap((line) => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    const isListening = state === listening && Number.parseInt(local?.split(":")[1] ?? "", 16) === port;
    return isListening && inode ? [inode] : [];
  });
}

function linksOf(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`);
      } catch {
        // Closed since it was listed.
        return "";
      }
    });
  } catch {
    // Ended, or another user's: the port is then reported without its holder.
    return [];
  }
}

function linuxHolder(port: number): PortHolder | undefined {
  const tables = ["/proc/net/tcp", "/proc/net/tcp6"].map((path) => readFileSync(path, "utf8"));
  const sockets = new Set(
    tables.flatMap((table) => listeningInodes(table, port)).map((inode) => `socket:[${inode}]`),
  );
  const pid = readdirSync("/proc").find(
    (name) => /^\d+$/.test(name) && linksOf(name).some((link) => sockets.has(link)),
  );
  if (pid === undefined) {
    return undefined;
  }
  const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  return { pid: Number(pid), command };
}

function lsofHolder(port: number): PortHolder | undefined {
  const fields = execFileSync("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"], { encoding: "utf8" });
  const pid = /^p(\d+)$/m.exec(fields)?.[1];
  return pid === undefined ? undefined : { pid: Number(pid), command: /^c(.*)$/m.exec(fields)?.[1] ?? "" };
}

/** The process that listens on a port; undefined when that is not known (another user's, or a system without a way). */
export function findPortHolder(port: number): PortHolder | undefined {
  try {
    return process.platform === "linux" ? linuxHolder(port) : lsofHolder(port);
  } catch {
    // No lsof, or the holder ended meanwhile. Its name is a help, not what the check is about.
    return undefined;
  }
}

function listenError(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** Why nothing can listen on a port of 127.0.0.1 (EADDRINUSE, EACCES); undefined when it is free. */
export async function portError(port: number): Promise<string | undefined> {
  // A program on all interfaces and one on the loopback can hold the same port without an error on some systems.
  return (await listenError(port, "127.0.0.1")) ?? (await listenError(port, "0.0.0.0"));
}
