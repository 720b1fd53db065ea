import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import type { Socket } from "node:net";
import { connect } from "node:net";
import type { Cluster } from "../kubectl.ts";
import { kubectl, kubectlCommand } from "../kubectl.ts";

/** A way to one port in a cluster. */
export interface Way {
  /** A connection to it. @throws Error when there is none. */
  open(): Promise<Socket>;
  /** Ends what keeps the way open. */
  close(): void;
}

/** To an address of the network of a node on this machine, through its crossing (node/crossing.ts). */
export class CrossingWay implements Way {
  readonly #crossing: string;
  readonly #address: () => Promise<string>;

  /** @param address what is reached: "10.96.0.7 8080". */
  constructor(crossing: string, address: () => Promise<string>) {
    this.#crossing = crossing;
    this.#address = address;
  }

  async open(): Promise<Socket> {
    const socket = await connected(connect({ path: this.#crossing, allowHalfOpen: true }));
    socket.write(`${await this.#address()}\n`);
    return socket;
  }

  close(): void {}
}

/** The address of a Service within its cluster, asked for once. */
export function serviceAddress(
  cluster: Cluster,
  namespace: string,
  service: string,
  port: number,
): () => Promise<string> {
  let known: string | undefined;
  return async () => {
    const jsonpath = ["-o", "jsonpath={.spec.clusterIP}"];
    known ??= await kubectl(cluster, ["get", "service", "-n", namespace, service, ...jsonpath]);
    return `${known} ${port}`;
  };
}

/** To a pod of a cluster, through `kubectl port-forward`. */
export class ForwardWay implements Way {
  readonly #start: () => ChildProcess;
  #child: ChildProcess | undefined;
  #port: Promise<number> | undefined;

  constructor(cluster: Cluster, namespace: string, pod: string, port: number) {
    const { program, args, env } = kubectlCommand(cluster);
    const forward = ["port-forward", "-n", namespace, `pod/${pod}`, `:${port}`, "--address", "127.0.0.1"];
    this.#start = () => spawn(program, [...args, ...forward], { env, stdio: ["ignore", "pipe", "pipe"] });
  }

  async open(): Promise<Socket> {
    this.#port ??= this.#forward();
    return connected(connect({ host: "127.0.0.1", port: await this.#port, allowHalfOpen: true }));
  }

  close(): void {
    this.#child?.kill();
  }

  /** Starts a port-forward. @returns its port on this machine. */
  #forward(): Promise<number> {
    const child = this.#start();
    this.#child = child;
    return new Promise<number>((resolve, reject) => {
      let words = "";
      child.stdout?.on("data", (chunk: Buffer) => {
        const [, port] = /^Forwarding from 127\.0\.0\.1:(\d+) /m.exec(chunk.toString()) ?? [];
        if (port !== undefined) resolve(Number(port));
      });
      child.stderr?.on("data", (chunk: Buffer) => {
        words = chunk.toString().trim();
      });
      child.once("error", reject);
      child.once("close", (code) => {
        this.#port = undefined;
        reject(new Error(words || `kubectl port-forward ended with ${code}`));
      });
    });
  }
}

/** A socket once it is connected. */
function connected(socket: Socket): Promise<Socket> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}
