import type { CallKind, LoadCall } from "@envoy-mesh-lab/load";
import { createCaller, findRpc, graceMs, monotonicClock, runOpenLoop } from "@envoy-mesh-lab/load";
import type { CallRecord } from "./record.ts";

/** How long an incident may last, in milliseconds; so its load is bounded too. */
export const longestMs = 30 * 60_000;
/** Pairs of calls per second: two at a time, as some faults show themselves to calls at the same time only. */
const pairs = 4;
const timeoutMs = 3_000;
const quick = 20;
const long = 90;

type Kind = Pick<CallRecord, "protocol" | "drink"> & { readonly rpc: string; readonly workMs: number };

/** What guests order, in turn: each RPC that the faults differ by, over two protocols. */
const orders: readonly Kind[] = [
  { rpc: "OrderDrink", protocol: "connect", drink: "espresso", workMs: quick },
  { rpc: "OrderDrink", protocol: "grpc", drink: "cappuccino", workMs: long },
  { rpc: "GetDrink", protocol: "connect", drink: "tea", workMs: quick },
  { rpc: "WatchOrder", protocol: "connect", drink: "flat white", workMs: quick },
  { rpc: "OrderDrink", protocol: "connect", drink: "chai", workMs: long },
  { rpc: "GetDrink", protocol: "grpc", drink: "flat white", workMs: quick },
];
/** The second of a pair is another order than the first. */
const offset = 3;

function callOf({ rpc, protocol, drink, workMs }: Kind, card: number): CallKind {
  return {
    protocol: protocol as CallKind["protocol"],
    request: {
      rpc: findRpc(rpc, undefined),
      drink,
      messages: 3,
      gateway: { workMs: 0, failAfter: 0 },
      backend: { workMs, failAfter: 0 },
      timeoutMs,
      headers: { "x-guest-card": `4000-0000-0000-${1000 + card}` },
    },
  };
}

/** Makes the load of an incident until the signal, or for as long as one may last; tells of each call as it ends. */
export async function guests(
  edge: string,
  signal: AbortSignal,
  onCall: (it: CallRecord) => void,
): Promise<void> {
  const mix = orders.map(callOf);
  const caller = createCaller({ url: edge, mix: [mix[0] as CallKind, ...mix.slice(1)] });
  const begunAt = Date.now() - performance.now();
  const loop = (first: number) =>
    runOpenLoop<LoadCall>({
      rate: pairs,
      count: Math.round((pairs * longestMs) / 1000),
      maxInFlight: 100,
      drainMs: timeoutMs + graceMs,
      graceMs: 500,
      signal,
      clock: monotonicClock,
      send: (index) => caller.send(index + first),
      onEnd: ({ index, dueAt, endedAt, result }) => {
        const { rpc, protocol, drink } = orders[(index + first) % orders.length] as Kind;
        const { code, traceId } = result;
        const at = Math.round(begunAt + dueAt);
        onCall({
          is: "call",
          at,
          rpc,
          protocol,
          drink,
          code,
          ms: endedAt - dueAt,
          ...(traceId ? { traceId } : {}),
        });
      },
    });
  try {
    await Promise.all([loop(0), loop(offset)]);
  } finally {
    caller.close();
  }
}
