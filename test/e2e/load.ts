import { setTimeout as delay } from "node:timers/promises";
import { createTransports, type Protocol, protocols } from "@envoy-mesh-lab/connections";
import { type CallRequest, type CallResult, call } from "../../lab/src/call/call.ts";
import { findRpc, type Kind, kinds } from "../../lab/src/call/rpcs.ts";
import { aRequest, edgeUrl } from "./mesh.ts";

/** Which calls to make, and how many. */
export interface LoadOptions {
  /** Calls per second. Default 10: 110 spans per second, which two cores carry with ease. */
  readonly rate?: number;
  /** The kinds of RPC, in turn. Default: all four. */
  readonly kinds?: readonly Kind[];
  /** The protocols, in turn. Default: all three. */
  readonly protocols?: readonly Protocol[];
  /** What else is asked of every call. */
  readonly request?: Partial<CallRequest>;
}

/** A call of the load. Its code is "hung" when it outlived its deadline by far. */
export type LoadCall = CallResult & { readonly protocol: Protocol; readonly startedAt: number };

/** A load that runs. */
export interface Load {
  /** The calls that have ended so far. */
  readonly ended: readonly LoadCall[];
  /** Starts no more calls and waits for those in flight. */
  stop(): Promise<readonly LoadCall[]>;
}

/** Deadline of each call in milliseconds. */
const deadlineMs = 10_000;
/** A call that has not ended so long after its deadline, in milliseconds, hangs. */
const graceMs = 5_000;

/**
 * Starts an open-loop load on the edge: calls begin by the clock, whatever becomes of those before them, as users do.
 * The transports are those of the services, which live through draining and broken connections.
 */
export function startLoad(options: LoadOptions = {}): Load {
  const { rate = 10, request = {} } = options;
  const mix = (options.kinds ?? kinds).flatMap((kind) =>
    (options.protocols ?? protocols).map((protocol) => ({ kind, protocol })),
  );
  const transports = createTransports({ url: edgeUrl, useHttpGet: true });
  const ended: LoadCall[] = [];
  const inFlight = new Set<Promise<void>>();
  const stopped = new AbortController();
  const begun = performance.now();

  async function one({ kind, protocol }: { kind: Kind; protocol: Protocol }): Promise<void> {
    const startedAt = Date.now();
    const whole = aRequest({ rpc: findRpc(undefined, kind), timeoutMs: deadlineMs, ...request });
    const answered = new AbortController();
    const result = await Promise.race([
      call(transports[protocol], whole),
      delay(whole.timeoutMs + graceMs, hung(whole), { signal: answered.signal }),
    ]);
    answered.abort();
    ended.push({ ...result, protocol, startedAt });
  }

  async function run(): Promise<void> {
    for (let made = 0; !stopped.signal.aborted; made++) {
      const each = mix[made % mix.length];
      if (each === undefined) {
        throw new Error("a load needs a kind and a protocol");
      }
      const running = one(each).finally(() => inFlight.delete(running));
      inFlight.add(running);
      const next = begun + ((made + 1) * 1000) / rate - performance.now();
      await delay(Math.max(0, next), undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  }
  const running = run();

  return {
    ended,
    async stop() {
      stopped.abort();
      await running;
      await Promise.all(inFlight);
      transports.close();
      return ended;
    },
  };
}

function hung(request: CallRequest): CallResult {
  return {
    rpc: request.rpc.method.name,
    code: "hung",
    responses: [],
    durationMs: request.timeoutMs + graceMs,
  };
}
