import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { once } from "node:events";
import type { Server } from "node:net";
import { connect, createServer } from "node:net";
import { fileURLToPath } from "node:url";
import type { NetworkConfig } from "./network-config.ts";
import { namespaceName } from "./network-config.ts";

const worker = fileURLToPath(new URL("relay-worker.ts", import.meta.url));

/** Hands every connection that a server takes on to a port of 127.0.0.1 in the network that this process is in. */
export function passOn(server: Server, port: number): void {
  server.on("connection", (incoming) => {
    const outgoing = connect({ host: "127.0.0.1", port });
    incoming.setNoDelay(true);
    outgoing.setNoDelay(true);
    incoming.pipe(outgoing).pipe(incoming);
    // One side that breaks ends the other; what each had to say is in the programs' own logs.
    incoming.on("error", () => outgoing.destroy());
    outgoing.on("error", () => incoming.destroy());
    incoming.on("close", () => outgoing.destroy());
    outgoing.on("close", () => incoming.destroy());
  });
}

/** Listens at an address in the network that this process is in. */
export async function listen(host: string, port: number): Promise<Server> {
  const server = createServer();
  server.listen({ host, port });
  await once(server, "listening");
  return server;
}

/**
 * Joins ports of this machine's 127.0.0.1 with ports in networks. A socket stays in the network that it was opened in, whoever has it:
 * so this process listens outside and gives the socket to a process within the network, which connects there; and the other way round.
 *
 * @param onEnd called when one of those processes ends.
 */
export async function startRelays(config: NetworkConfig, onEnd: (network: string) => void): Promise<void> {
  const { project, joint, networks, inward, outward } = config;
  await Promise.all(
    networks.map(async ({ name, address }) => {
      const own = inward.filter(({ network }) => network === name);
      const outgoing = name === joint ? outward : [];
      const child = fork(worker, [], {
        execPath: "nsenter",
        execArgv: [`--net=/run/netns/${namespaceName(project, name)}`, "--", process.execPath],
      });
      child.once("exit", () => onEnd(name));
      await once(child, "message");
      for (const { host, port } of own) await handOver(child, await listen("127.0.0.1", host), port);
      for (const { port, host } of outgoing) passOn(await takeOver(child, address, port), host);
    }),
  );
}

async function handOver(child: ChildProcess, server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    child.send({ port }, server, (error) => (error ? reject(error) : resolve()));
  });
  // The worker has it now; this process would take connections, too.
  server.close();
}

async function takeOver(child: ChildProcess, address: string, port: number): Promise<Server> {
  child.send({ address, port });
  const [, server] = (await once(child, "message")) as [unknown, Server];
  return server;
}
