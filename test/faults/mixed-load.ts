import { drinks } from "@envoy-mesh-lab/backend";
import { protocols } from "@envoy-mesh-lab/connections";
import type { CallKind, LoadCall } from "@envoy-mesh-lab/load";
import { createCaller, findRpc, graceMs, monotonicClock, runOpenLoop } from "@envoy-mesh-lab/load";
import { askedCode, ownFailure, whatIsWrong } from "./answers.ts";

/** A call of the load that has ended, with times in milliseconds since the epoch. */
export interface MadeCall {
  readonly rpc: string;
  readonly protocol: string;
  readonly traceId: string;
  readonly startedAt: number;
  readonly endedAt: number;
  /** The code that it was asked to end with. */
  readonly asked: string;
  readonly code: string;
  readonly message?: string;
  /** What is wrong with the answer. */
  readonly wrong?: string;
}

/** A load that goes on until it is stopped. */
export interface MixedLoad {
  /** The calls that have ended so far, in the order in which they did. */
  readonly ended: readonly MadeCall[];
  /** Starts no more calls and waits for those under way. */
  stop(): Promise<readonly MadeCall[]>;
}

/** Deadline of each call in milliseconds: shorter than the longest fault, so that some pass it. */
const deadlineMs = 5_000;

/** How a load presses. */
export interface Pressure {
  /** Calls under way at a time at most. Default: 400, so that a mesh that stalls for long is not buried. */
  readonly maxInFlight?: number;
  /** Connections to share the calls among. Default: 1. */
  readonly connections?: number;
}

const rpcs = ["GetDrink", "OrderDrink", "WatchOrder", "OrderRound", "ServeTable"];

/** Every RPC over every protocol, with every drink: some slow, some that are asked to fail. */
export function callMix(): readonly [CallKind, ...CallKind[]] {
  const mix = drinks.flatMap(({ name: drink }, i) =>
    rpcs.flatMap((rpc, j) =>
      protocols.map((protocol, k): CallKind => {
        const place = i + j + k;
        const fails = place % 7 === 3 ? { fail: ownFailure, failAfter: 1 } : { failAfter: 0 };
        return {
          protocol,
          request: {
            rpc: findRpc(rpc, undefined),
            drink,
            messages: 2 + (place % 4),
            gateway: { workMs: 0, failAfter: 0 },
            backend: { workMs: place % 3 === 0 ? 40 : 0, ...fails },
            timeoutMs: deadlineMs,
            headers: {},
          },
        };
      }),
    ),
  );
  return mix as unknown as readonly [CallKind, ...CallKind[]];
}

/** Starts a load of this many calls a second on the edge. */
export function startMixedLoad(
  url: string,
  rate: number,
  { maxInFlight = 400, connections = 1 }: Pressure = {},
): MixedLoad {
  const mix = callMix();
  // Each call brings its trace id, so that one that got no answer can be followed too.
  const caller = createCaller({ url, mix, connections, beginsTrace: true });
  const ended: MadeCall[] = [];
  const stopped = new AbortController();
  const running = runOpenLoop<LoadCall>({
    rate,
    count: Number.POSITIVE_INFINITY,
    maxInFlight,
    drainMs: deadlineMs + 2 * graceMs,
    signal: stopped.signal,
    clock: monotonicClock,
    send: caller.send,
    onEnd: ({ index, result, startedAt, endedAt }) => {
      const { request } = mix[index % mix.length] ?? mix[0];
      const { rpc, protocol, traceId = "", code, message } = result;
      const wrong = whatIsWrong(request, result);
      ended.push({
        rpc,
        protocol,
        traceId,
        startedAt: performance.timeOrigin + startedAt,
        endedAt: performance.timeOrigin + endedAt,
        asked: askedCode(request),
        code,
        ...(message ? { message } : {}),
        ...(wrong ? { wrong } : {}),
      });
    },
  });
  return {
    ended,
    async stop() {
      stopped.abort();
      await running.finally(caller.close);
      return ended;
    },
  };
}
