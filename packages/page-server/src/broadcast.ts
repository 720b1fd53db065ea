/** Hands the newest of something that changes to all who watch it; who is slow misses what is old. */
export class Broadcast<T> {
  #latest: { readonly value: T; readonly number: number } | undefined;
  readonly #waiting = new Set<() => void>();
  #watchers = 0;

  /** How many watch. */
  get watchers(): number {
    return this.#watchers;
  }

  /** The newest; undefined before the first. */
  get latest(): T | undefined {
    return this.#latest?.value;
  }

  /** Tells all who watch. */
  publish(value: T): void {
    this.#latest = { value, number: (this.#latest?.number ?? 0) + 1 };
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  /** The newest, if there is one, and then each that follows, until the signal. */
  async *watch(signal: AbortSignal): AsyncGenerator<T> {
    this.#watchers++;
    let told = 0;
    try {
      while (!signal.aborted) {
        if (this.#latest !== undefined && this.#latest.number !== told) {
          told = this.#latest.number;
          yield this.#latest.value;
        } else {
          await this.#next(signal);
        }
      }
    } finally {
      this.#watchers--;
    }
  }

  #next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener("abort", wake);
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener("abort", wake, { once: true });
    });
  }
}
