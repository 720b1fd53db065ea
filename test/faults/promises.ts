import type { SpanPromise } from "./fault.ts";

/** All who make spans, by their service.name. */
const senders = ["edge", "gateway-proxy", "gateway", "backend-proxy", "backend"] as const;

/** No span is lost. */
export const nothingLost: SpanPromise = { says: "No span is lost." };

/** A process that ends without notice takes with it what it had not handed over yet. */
export function lostWith(sender: string): SpanPromise {
  return {
    says: "What a service or an Envoy has not handed over when it is killed is lost: its own spans of the last second.",
    of: [sender],
    withinMs: 1_000,
  };
}

/** Envoy ends at once when it is told to. */
export function lostByEnvoyTold(envoy: string): SpanPromise {
  return {
    says: "An Envoy that gets SIGTERM ends at once, and takes with it what a killed one does (`lab stop` empties it first).",
    of: [envoy],
    withinMs: 1_000,
  };
}

/** Tempo acknowledges spans before they are on its disk. */
export const lostByTempo: SpanPromise = {
  says: "What Tempo had acknowledged and not written when it is killed is lost: spans of the last three seconds.",
  of: senders,
  withinMs: 3_000,
};

/** An Envoy tries an export again for 20 s (`timeout` of its listener for spans), and then gives it up. */
export const lostByEnvoysWaiting: SpanPromise = {
  says: "While the Collector is away for longer than 20 s, each Envoy loses its spans of before the last 20 s.",
  of: ["edge", "gateway-proxy", "backend-proxy"],
  // An export may begin and be tried a second late.
  untilMs: 18_000,
};

/** The Collector 0.161 writes down that it takes a span out of its queue, and leaves it behind when it cannot. */
export const lostByFullCollector: SpanPromise = {
  says: "What waits in the Collector's queue when its disk is full may be lost: spans of the second before, and meanwhile.",
  of: senders,
  withinMs: 1_000,
};

/** Tempo 2.8 acknowledges what it then cannot write, until it is stopped for want of room (`x-native.room` in compose.yaml). */
export const lostByFullTempo: SpanPromise = {
  says: "When the disk of Tempo is full at once, spans of the three seconds before are lost, and those that come until it is stopped, within four.",
  of: senders,
  withinMs: 3_000,
  untilMs: 4_000,
};
