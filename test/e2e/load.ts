import type { Protocol } from "@envoy-mesh-lab/connections";
import { protocols } from "@envoy-mesh-lab/connections";
import type { CallKind, CallRequest, Kind, LoadCall as MadeCall } from "@envoy-mesh-lab/load";
import { createCaller, findRpc, graceMs, kinds, monotonicClock, runOpenLoop } from "@envoy-mesh-lab/load";
import { aRequest, edgeUrl } from "./mesh.ts";

/** Which calls to make, and how many. */
export interface LoadOptions {
  /** Calls per second. Default 10: 110 spans per second, which two cores carry with ease. */
  readonly rate?: number;
  /** The kinds of RPC, in turn. Default: all four. */
  readonly kinds?: readonly Kind[];
  /** The protocols, in turn. Default: all three. */
  readonly protocols?: readonly Protocol[];
  /**
   * How many calls may be under way at a time; those that are due meanwhile wait. Default: any number. With a limit, a
   * machine that is too busy for the rate makes fewer calls, instead of more and more that come to nothing.
   */
  readonly maxInFlight?: number;
  /** What else is asked of every call. */
  readonly request?: Partial<CallRequest>;
}

/** A call of the load, with its start in milliseconds since the epoch. */
export type LoadCall = MadeCall & { readonly startedAt: number };

/** A load that runs. */
export interface Load {
  /** The calls that have ended so far. */
  readonly ended: readonly LoadCall[];
  /** Starts no more calls and waits for those in flight. */
  stop(): Promise<readonly LoadCall[]>;
}

/** Deadline of each call in milliseconds. */
const deadlineMs = 10_000;

/** Starts a load on the edge, as `lab load` does, that goes on until it is stopped. */
export function startLoad(options: LoadOptions = {}): Load {
  const { rate = 10, maxInFlight = Number.POSITIVE_INFINITY, request = {} } = options;
  const mix = (options.kinds ?? kinds).flatMap((kind) =>
    (options.protocols ?? protocols).map((protocol): CallKind => {
      const whole = aRequest({ rpc: findRpc(undefined, kind), timeoutMs: deadlineMs, ...request });
      return { request: whole, protocol };
    }),
  );
  const [first, ...others] = mix;
  if (first === undefined) {
    throw new Error("a load needs a kind and a protocol");
  }
  const caller = createCaller({ url: edgeUrl, mix: [first, ...others] });
  const ended: LoadCall[] = [];
  const stopped = new AbortController();
  const running = runOpenLoop<MadeCall>({
    rate,
    count: Number.POSITIVE_INFINITY,
    maxInFlight,
    // No call outlives this, so that all are waited for.
    drainMs: Math.max(...mix.map((it) => it.request.timeoutMs)) + 2 * graceMs,
    signal: stopped.signal,
    clock: monotonicClock,
    send: caller.send,
    onEnd: ({ result, startedAt }) =>
      ended.push({ ...result, startedAt: performance.timeOrigin + startedAt }),
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
