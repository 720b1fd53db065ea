import type { Attributes, Context } from "@opentelemetry/api";
import type { Instruments, MessageInstruments } from "./instruments.ts";

/** What is measured of one call, from now on. It holds nothing of the call, see `CallRecord`. */
export class Measurement {
  readonly instruments: Instruments;
  /** Set where messages are looked at. */
  requests: MessageTally | undefined;
  responses: MessageTally | undefined;
  private readonly startTime = performance.now();

  constructor(instruments: Instruments) {
    this.instruments = instruments;
  }

  /** @param context What it is recorded in, for exemplars. */
  end(attributes: Attributes, context: Context): void {
    this.instruments.duration.record((performance.now() - this.startTime) / 1_000, attributes, context);
    this.requests?.end(attributes, context);
    this.responses?.end(attributes, context);
  }
}

/** How many messages of one direction a call has had. It holds nothing of the call, see `CallRecord`. */
export class MessageTally {
  count = 0;
  private readonly instruments: MessageInstruments | undefined;

  constructor(instruments: MessageInstruments | undefined) {
    this.instruments = instruments;
  }

  /** Records, with the attributes of a call that has ended, how many messages there were. */
  end(attributes: Attributes, context: Context): void {
    this.instruments?.count.record(this.count, attributes, context);
  }
}
