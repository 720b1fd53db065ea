import type { Encoding } from "./otlp-answer.ts";

/** How much may be on its way at a time, in bytes; more is not passed on, and counted. */
const onItsWayLimit = 64 << 20;

/** How long one request may take, in milliseconds. */
const patience = 10_000;

/** Passes requests on to another endpoint of OTLP/HTTP, whatever they came by. */
export class Forwarder {
  readonly #base: string;
  readonly #pending = new Set<Promise<void>>();
  readonly #givenUp = new AbortController();
  #onItsWay = 0;
  #lost = 0;
  #firstLoss = "";

  /** @param base the endpoint as OTEL_EXPORTER_OTLP_ENDPOINT has it: the paths of the signals are put behind it. */
  constructor(base: string) {
    this.#base = base.replace(/\/$/, "");
  }

  /** Sends a request, unpacked, without waiting for its answer. */
  pass(signal: string, encoding: Encoding, bytes: Uint8Array): void {
    if (this.#onItsWay + bytes.length > onItsWayLimit) {
      this.#lose("it is slower than what comes in");
      return;
    }
    this.#onItsWay += bytes.length;
    const sent = this.#send(signal, encoding, bytes).finally(() => {
      this.#onItsWay -= bytes.length;
      this.#pending.delete(sent);
    });
    this.#pending.add(sent);
  }

  /**
   * Waits until all is answered or given up.
   *
   * @param hurry gives up what is not answered yet. Default: each request after its time.
   */
  async end(hurry?: AbortSignal): Promise<void> {
    const giveUp = () => this.#givenUp.abort();
    hurry?.addEventListener("abort", giveUp, { once: true });
    if (hurry?.aborted) giveUp();
    await Promise.all(this.#pending);
  }

  /** How many requests did not arrive, and why the first did not. */
  get losses(): { readonly requests: number; readonly first: string } {
    return { requests: this.#lost, first: this.#firstLoss };
  }

  async #send(signal: string, encoding: Encoding, bytes: Uint8Array): Promise<void> {
    try {
      const answer = await fetch(`${this.#base}/v1/${signal}`, {
        method: "POST",
        headers: { "content-type": encoding === "json" ? "application/json" : "application/x-protobuf" },
        body: new Uint8Array(bytes),
        signal: AbortSignal.any([AbortSignal.timeout(patience), this.#givenUp.signal]),
      });
      await answer.arrayBuffer();
      if (!answer.ok) this.#lose(`it answers ${answer.status}`);
    } catch (error) {
      const { cause, message } = error as Error;
      this.#lose(cause instanceof Error ? cause.message : message);
    }
  }

  #lose(why: string): void {
    this.#lost++;
    this.#firstLoss ||= why;
  }
}
