import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Cluster } from "../kubectl.ts";
import { PodWatch } from "./pod-watch.ts";
import type { Way } from "./ways.ts";
import { ForwardWay } from "./ways.ts";

/** How long a connection waits for a pod to be there, in milliseconds: the only one of its kind is gone for a moment when it is replaced. */
const patienceMs = 15_000;
const pollMs = 100;

/** A port-forward to one pod, and the connections that are on it. */
interface Forward {
  readonly pod: string;
  readonly way: ForwardWay;
  sockets: number;
}

/**
 * To whichever pod of a part is ready. `kubectl port-forward` leads to one pod, also when it is on its way out, and to nowhere when it is
 * gone; so new connections go to another one as soon as that pod is told to end, and those that are on the way to it stay.
 */
export class PodsWay implements Way {
  readonly #watch: PodWatch;
  readonly #forward: (pod: string) => ForwardWay;
  #current: Forward | undefined;
  readonly #leaving = new Set<Forward>();

  /** @param name of the part's workload, which its pods have as a label. */
  constructor(cluster: Cluster, namespace: string, name: string, port: number) {
    this.#watch = new PodWatch(cluster, namespace, name);
    this.#forward = (pod) => new ForwardWay(cluster, namespace, pod, port);
  }

  async open(): Promise<Socket> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const forward = this.#choose();
      if (forward !== undefined) {
        try {
          return this.#count(forward, await forward.way.open());
        } catch (error) {
          if (performance.now() > deadline) throw error;
        }
      } else if (performance.now() > deadline) {
        throw new Error("no pod is ready");
      }
      await delay(pollMs);
    }
  }

  close(): void {
    this.#watch.close();
    for (const { way } of [this.#current ?? [], ...this.#leaving].flat()) way.close();
  }

  #choose(): Forward | undefined {
    this.#letGo();
    const [pod] = this.#watch.ready;
    if (this.#current === undefined && pod !== undefined) {
      this.#current = { pod, way: this.#forward(pod), sockets: 0 };
    }
    return this.#current;
  }

  /** Leaves a pod that is not ready any more to those who are on the way to it. */
  #letGo(): void {
    const old = this.#current;
    if (old === undefined || this.#watch.ready.has(old.pod)) return;
    this.#current = undefined;
    this.#leaving.add(old);
    this.#endUnused(old);
  }

  #count(forward: Forward, socket: Socket): Socket {
    forward.sockets++;
    socket.once("close", () => {
      forward.sockets--;
      this.#endUnused(forward);
    });
    return socket;
  }

  #endUnused(forward: Forward): void {
    if (forward.sockets > 0 || !this.#leaving.delete(forward)) return;
    forward.way.close();
  }
}
