import { Broadcast } from "./broadcast.ts";
import { pause } from "./pause.ts";

/** Reads something again and again while somebody watches, and tells it to all of them when it has changed. */
export class Polled<T> {
  readonly #read: () => T;
  readonly #keyOf: (value: T) => string;
  readonly #everyMs: number;
  readonly #told = new Broadcast<{ readonly value: T } | { readonly error: unknown }>();
  #running: AbortController | undefined;

  /**
   * @param keyOf differs when the value does.
   * @param everyMs how often it is read, in milliseconds.
   */
  constructor(read: () => T, keyOf: (value: T) => string, everyMs: number) {
    this.#read = read;
    this.#keyOf = keyOf;
    this.#everyMs = everyMs;
  }

  /** The value, and again when it changes, until the signal. @throws what reading it throws. */
  async *watch(signal: AbortSignal): AsyncGenerator<T> {
    this.#start();
    try {
      for await (const it of this.#told.watch(signal)) {
        if ("error" in it) throw it.error;
        yield it.value;
      }
    } finally {
      if (this.#told.watchers === 0) this.#stop();
    }
  }

  #start(): void {
    if (this.#running !== undefined) return;
    this.#running = new AbortController();
    void this.#run(this.#running.signal);
  }

  #stop(): void {
    this.#running?.abort();
    this.#running = undefined;
  }

  async #run(signal: AbortSignal): Promise<void> {
    let last: string | undefined;
    while (!signal.aborted) {
      try {
        const value = this.#read();
        const key = this.#keyOf(value);
        if (key !== last) {
          last = key;
          this.#told.publish({ value });
        }
      } catch (error) {
        last = undefined;
        this.#told.publish({ error });
      }
      await pause(this.#everyMs, signal);
    }
  }
}
