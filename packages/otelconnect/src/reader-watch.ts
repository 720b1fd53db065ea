import type { StreamResponse } from "@connectrpc/connect";
import type { CallRecord, Outcome } from "./call-record.ts";

/** How far the reading of a stream is. */
export interface Reading {
  /** Steps that were asked for. */
  readonly begun: number;
  /** Those of them that have come. */
  readonly settled: number;
}

/** How long a reader may take for one message before it counts as gone, once its response was collected; in milliseconds. */
const patienceMs = 60_000;

/** The property of a response that keeps its watch from noticing that the reader is gone. */
const reader = Symbol("the reader of this response");

/**
 * Ends the record of a call whose reader has let go of the response: never began to read it, or stopped in the middle
 * without a word. That shows nowhere, so what is left is that the garbage collector takes the response away.
 *
 * It watches an object that goes with the response from copy to copy. The stream itself cannot be watched: from 2.3
 * on, Connect holds it for as long as the call's signal lives, and that is held by the connection. Code that takes the
 * messages out of a response and lets the rest go looks the same, so where Connect holds the stream, the reader has
 * some time to take a next step.
 */
export class ReaderWatch {
  private readonly record: CallRecord;
  private readonly outcome: Outcome;
  private readonly reading: WeakRef<Reading>;

  /** All that is given must have no way to the response, or that would never be collected. */
  constructor(record: CallRecord, outcome: Outcome, reading: Reading) {
    this.record = record;
    this.outcome = outcome;
    this.reading = new WeakRef(reading);
  }

  /**
   * Watches whoever gets a copy of the response. Connect copies it for its caller, as interceptors do with
   * `{ ...response }`; a response that nobody copies is not watched.
   */
  attach(response: StreamResponse): StreamResponse {
    const watch = this;
    let token: object | undefined;
    return {
      ...response,
      get [reader]() {
        if (token === undefined) {
          token = {};
          registry.register(token, watch, watch);
        }
        return token;
      },
    } as StreamResponse;
  }

  /** Forgets the response, as its call has ended. */
  cancel(): void {
    registry.unregister(this);
  }

  /** The response was collected. */
  collected(): void {
    const reading = this.reading.deref();
    if (reading === undefined) {
      this.end();
    } else if (reading.begun === reading.settled) {
      const { begun } = reading;
      const timer: unknown = setTimeout(() => {
        if ((this.reading.deref()?.begun ?? begun) === begun) {
          this.end();
        }
      }, patienceMs);
      // In Node, a timer keeps the process alive, in browsers it is a number.
      (timer as { unref?: () => void }).unref?.();
    }
    // Otherwise somebody waits for a message, and has the stream without the response.
  }

  private end(): void {
    if (this.record.close()) {
      this.record.finish(this.outcome);
    }
  }
}

const registry = new FinalizationRegistry<ReaderWatch>((watch) => watch.collected());
