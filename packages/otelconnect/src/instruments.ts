import type { Histogram, Meter, MeterProvider } from "@opentelemetry/api";
import { createNoopMeter, metrics, ValueType } from "@opentelemetry/api";
import { report } from "./diagnostics.ts";
import type { Side } from "./status.ts";

/** What the calls of one side are measured with. */
export interface Instruments {
  /** How long calls took, in seconds. */
  readonly duration: Histogram;
  /** Messages from client to server. Undefined unless messages are to be measured. */
  readonly requests: MessageInstruments | undefined;
  /** Messages from server to client. Undefined unless messages are to be measured. */
  readonly responses: MessageInstruments | undefined;
}

/** What the messages of one direction are measured with. */
export interface MessageInstruments {
  /** How many there were in one call. */
  readonly count: Histogram;
  /** How large each was, in bytes. */
  readonly size: Histogram;
}

/** Bounds that the conventions advise for the durations of calls, in seconds. */
const durationBounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
/** Bounds for numbers of messages. The conventions advise none; these tell a unary call from a long stream. */
const countBounds = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 10_000];
/** Bounds for sizes of messages, in bytes. The conventions advise none; 4 MiB is gRPC's default limit. */
const sizeBounds = [0, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216];

/** What is measured; the end of an instrument's name. A test compares the names with the semantic conventions. */
type Measured = "call.duration" | `${"request" | "response"}${".size" | "s_per_rpc"}`;

/** The name of an instrument, `rpc.client.call.duration` for example. */
export const instrumentName = (side: Side, measured: Measured): string => `rpc.${side}.${measured}`;

/**
 * Makes a function that gives the instruments to use right now, or undefined while nobody measures.
 *
 * The API has no stand-in for a global meter provider that is registered later, as it has for tracers, so the
 * instruments are made again when the provider has changed.
 */
export function createInstrumentSource(
  side: Side,
  explicit: MeterProvider | undefined,
  messages: boolean,
  scope: { readonly name: string; readonly version: string },
): () => Instruments | undefined {
  let provider: MeterProvider | undefined;
  let instruments: Instruments | undefined;
  return () => {
    const current = explicit ?? metrics.getMeterProvider();
    if (current !== provider) {
      provider = current;
      instruments = undefined;
      try {
        const meter = current.getMeter(scope.name, scope.version);
        instruments = meter === createNoopMeter() ? undefined : createInstruments(meter, side, messages);
      } catch (error) {
        report("making the instruments", error);
      }
    }
    return instruments;
  };
}

function createInstruments(meter: Meter, side: Side, messages: boolean): Instruments {
  function messageInstruments(direction: "request" | "response"): MessageInstruments | undefined {
    if (!messages) {
      return undefined;
    }
    return {
      count: meter.createHistogram(instrumentName(side, `${direction}s_per_rpc`), {
        unit: "{count}",
        description: `Measures the number of ${direction} messages per RPC.`,
        valueType: ValueType.INT,
        advice: { explicitBucketBoundaries: countBounds },
      }),
      size: meter.createHistogram(instrumentName(side, `${direction}.size`), {
        unit: "By",
        description: `Measures the size of RPC ${direction} messages (uncompressed).`,
        valueType: ValueType.INT,
        advice: { explicitBucketBoundaries: sizeBounds },
      }),
    };
  }
  return {
    duration: meter.createHistogram(instrumentName(side, "call.duration"), {
      unit: "s",
      description: `Measures the duration of an ${side === "client" ? "outgoing" : "incoming"} Remote Procedure Call (RPC).`,
      advice: { explicitBucketBoundaries: durationBounds },
    }),
    requests: messageInstruments("request"),
    responses: messageInstruments("response"),
  };
}
