import type { Attributes } from "@opentelemetry/api";
import type { CallView } from "./call-view.ts";
import { report } from "./diagnostics.ts";
import type { MessageInstruments } from "./instruments.ts";
import type { IterationObserver } from "./iterable.ts";
import { MessageTally } from "./measurement.ts";
import type { AnyMessage, MessageSchema, Options } from "./options.ts";
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
  readonly call: CallView;
  readonly options: Options;
  readonly schema: MessageSchema;
  /** Whether this side sends these messages or receives them. */
  readonly sent: boolean;
  readonly instruments: MessageInstruments | undefined;
  /** What the metrics of this call have in common. */
  readonly attributes: Attributes;
}

/** What records the messages of a call. */
export interface CallMessages {
  readonly requests: MessageRecorder;
  readonly responses: MessageRecorder;
}

/**
 * Records the messages of one direction of a call: as events, in metrics, or both. It observes the iteration over the
 * requests of a stream, whose end says nothing about the end of the call.
 */
export class MessageRecorder implements IterationObserver {
  readonly tally: MessageTally;
  private readonly recording: MessageRecording;

  constructor(recording: MessageRecording) {
    this.recording = recording;
    this.tally = new MessageTally(recording.instruments);
  }

  /** Records a message that was just sent or received. What fails in it harms neither the message nor the call. */
  message(message: unknown): void {
    try {
      this.record(message as AnyMessage);
    } catch (error) {
      report("recording a message", error);
    }
  }
  done(): void {}
  failed(): void {}
  abandoned(): void {}

  private record(message: AnyMessage): void {
    const { call, sent, instruments, attributes } = this.recording;
    const { span } = call.record;
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
      instruments?.size.record(size, attributes, call.context);
    }
  }

  private isEvent(message: AnyMessage): boolean {
    const { call, options, sent } = this.recording;
    const { messageEvents = false } = options;
    if (typeof messageEvents === "boolean") {
      return messageEvents;
    }
    try {
      return (
        messageEvents({
          request: call.request,
          message,
          type: sent ? "SENT" : "RECEIVED",
          id: this.tally.count,
        }) === true
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
