import type { Server, Socket } from "node:net";
import { connect, createServer } from "node:net";
import { Transform } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";

/** What a relay does to what passes it. */
export type Toxic =
  /** Holds every piece of data, of at most 64 KiB, for this long, both ways: latency and little bandwidth. */
  | { readonly kind: "slow"; readonly delayMs: number }
  /** Breaks all connections with a reset (TCP RST), at once and then again and again. */
  | { readonly kind: "reset"; readonly everyMs: number }
  /** Passes on this many more bytes of answers on each connection, and then ends it (TCP FIN) in the middle of them. */
  | { readonly kind: "cut"; readonly afterBytes: number };

/** How often a target that has gone is asked whether it is back, in milliseconds. */
const pollMs = 20;

/** A connection that is passed on: from who called, and to the target. */
interface Link {
  readonly near: Socket;
  readonly far: Socket;
  /** Bytes of answers that pass before a cut. */
  left: number;
}

/**
 * A TCP relay on 127.0.0.1 between two parts, which can be told to be a bad network. Without a toxic it is none: while
 * nobody listens at its target, it refuses connections as the target would, and an end or a reset of one side is passed
 * on to the other.
 */
export class Relay {
  readonly port: number;
  readonly #target: number;
  readonly #server: Server;
  readonly #links = new Set<Link>();
  #toxic: Toxic | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isWatching = false;
  #isClosed = false;

  // biome-ignore lint/style/useConsistentMemberAccessibility: only `open` makes one; `#` hides no constructor
  private constructor(port: number, target: number) {
    this.port = port;
    this.#target = target;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => this.#accept(near));
  }

  /**
   * Makes a relay that listens at a port whenever somebody listens at the target.
   *
   * @throws {Error} (`EADDRINUSE`) when the port is taken.
   */
  static async open(port: number, target: number): Promise<Relay> {
    const relay = new Relay(port, target);
    await relay.#listen();
    void relay.#follow();
    return relay;
  }

  /** Spoils what passes from now on, or with `undefined` no longer. */
  set(toxic: Toxic | undefined): void {
    clearInterval(this.#timer);
    this.#toxic = toxic;
    for (const link of this.#links) {
      link.left = toxic?.kind === "cut" ? toxic.afterBytes : Number.POSITIVE_INFINITY;
    }
    if (toxic?.kind === "reset") {
      this.#reset();
      this.#timer = setInterval(() => this.#reset(), toxic.everyMs);
    }
  }

  /** Breaks all connections and listens no more. */
  close(): void {
    this.#isClosed = true;
    this.set(undefined);
    this.#server.close();
    this.#reset();
  }

  #listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(this.port, "127.0.0.1", () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
  }

  #accept(near: Socket): void {
    const toxic = this.#toxic;
    const far = connect({ port: this.#target, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    const left = toxic?.kind === "cut" ? toxic.afterBytes : Number.POSITIVE_INFINITY;
    const link: Link = { near, far, left };
    this.#links.add(link);
    const breakOff = () => {
      near.resetAndDestroy();
      far.resetAndDestroy();
      this.#links.delete(link);
      void this.#follow();
    };
    for (const socket of [near, far]) {
      socket.on("error", breakOff);
    }
    const answers = this.#gate(link);
    const endWhenAllIsSaid = () => {
      if (far.destroyed && answers.readableEnded) near.destroySoon();
    };
    near.once("close", () => far.destroy());
    far.once("close", () => {
      this.#links.delete(link);
      endWhenAllIsSaid();
      void this.#follow();
    });
    answers.once("end", endWhenAllIsSaid);
    near.pipe(this.#gate()).pipe(far);
    far.pipe(answers).pipe(near);
  }

  /** Lets data through as the toxic says; `answers` when it is the target's way back to the caller. */
  #gate(answers?: Link): Transform {
    const gate: Transform = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        if (answers && chunk.length > answers.left) {
          gate.push(chunk.subarray(0, answers.left));
          gate.push(null);
          answers.far.destroy();
          return;
        }
        if (answers) {
          answers.left -= chunk.length;
        }
        if (this.#toxic?.kind === "slow") {
          setTimeout(() => done(null, chunk), this.#toxic.delayMs);
        } else {
          done(null, chunk);
        }
      },
    });
    return gate;
  }

  #reset(): void {
    for (const { near, far } of this.#links) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
    this.#links.clear();
  }

  /** Stops listening while nobody listens at the target. */
  async #follow(): Promise<void> {
    if (this.#isWatching) return;
    this.#isWatching = true;
    while (!this.#isClosed && !(await isListening(this.#target))) {
      if (this.#server.listening) {
        this.#server.close();
      }
      await delay(pollMs);
    }
    if (!this.#isClosed && !this.#server.listening) {
      await this.#listen();
    }
    this.#isWatching = false;
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
