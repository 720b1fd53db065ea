import type { Attributes, Context, Span } from "@opentelemetry/api";
import { report } from "./diagnostics.ts";
import type { MessageInstruments } from "./instruments.ts";
import type { AnyMessage, MessageSchema, Options, Request } from "./options.ts";
import {
  ATTR_RPC_MESSAGE_ID,
  ATTR_RPC_MESSAGE_TYPE,
  ATTR_RPC_MESSAGE_UNCOMPRESSED_SIZE,
  EVENT_RPC_MESSAGE,
  RPC_MESSAGE_TYPE_VALUE_RECEIVED,
  RPC_MESSAGE_TYPE_VALUE_SENT,
} from "./semconv.ts";

/** What is needed to record the messages of one direction of a call. */
export interface MessageRecording {
  readonly span: Span;
  readonly context: Context;
  readonly options: Options;
  readonly request: Request;
  readonly schema: MessageSchema;
  /** Whether this side sends these messages or receives them. */
  readonly sent: boolean;
  readonly instruments: MessageInstruments | undefined;
  /** What the metrics of this call have in common. */
  readonly attributes: Attributes;
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

/** Records the messages of one direction of a call: as events, in metrics, or both. */
export class MessageRecorder {
  readonly tally: MessageTally;
  private readonly recording: MessageRecording;

  constructor(recording: MessageRecording) {
    this.recording = recording;
    this.tally = new MessageTally(recording.instruments);
  }

  /** Records a message that was just sent or received. What fails in it harms neither the message nor the call. */
  message(message: AnyMessage): void {
    try {
      this.record(message);
    } catch (error) {
      report("recording a message", error);
    }
  }

  private record(message: AnyMessage): void {
    const { span, sent, instruments, attributes, context } = this.recording;
    this.tally.count++;
    // A span that is not sampled, or has ended, takes no events; to measure a message costs a serialization.
    const hasEvents = span.isRecording() && this.isEvent(message);
    const size = hasEvents || instruments !== undefined ? this.measure(message) : undefined;
    if (hasEvents) {
      span.addEvent(EVENT_RPC_MESSAGE, {
        [ATTR_RPC_MESSAGE_TYPE]: sent ? RPC_MESSAGE_TYPE_VALUE_SENT : RPC_MESSAGE_TYPE_VALUE_RECEIVED,
        [ATTR_RPC_MESSAGE_ID]: this.tally.count,
        ...(size === undefined ? {} : { [ATTR_RPC_MESSAGE_UNCOMPRESSED_SIZE]: size }),
      });
    }
    if (size !== undefined) {
      instruments?.size.record(size, attributes, context);
    }
  }

  private isEvent(message: AnyMessage): boolean {
    const { options, request, sent } = this.recording;
    const { messageEvents = false } = options;
    if (typeof messageEvents === "boolean") {
      return messageEvents;
    }
    try {
      return (
        messageEvents({ request, message, type: sent ? "SENT" : "RECEIVED", id: this.tally.count }) === true
      );
    } catch (error) {
      report("messageEvents", error);
      return false;
    }
  }

  private measure(message: AnyMessage): number | undefined {
    const { options, schema } = this.recording;
    try {
      return options.messageSize?.(schema, message);
    } catch (error) {
      report("messageSize", error);
      return undefined;
    }
  }
}
