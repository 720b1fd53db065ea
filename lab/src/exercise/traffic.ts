import { codeByName } from "../call/call.ts";
import { findRpc } from "../call/rpcs.ts";
import { createCaller, graceMs, type LoadCall } from "../load/caller.ts";
import { monotonicClock } from "../load/clock.ts";
import { runOpenLoop } from "../load/open-loop.ts";
import { urlVia } from "../load/via.ts";
import type { Mesh } from "../native/mesh.ts";
import type { Traffic } from "./schema.ts";

/** What came of the calls of a check. */
export type Sent = {
  calls: LoadCall[];
  /** When the first was sent and the last had ended, in milliseconds since the epoch. */
  from: number;
  to: number;
};

/** Makes the calls that an exercise wants, one after the other or at its rate. */
export async function send(traffic: Traffic, mesh: Mesh, signal?: AbortSignal): Promise<Sent> {
  const { via, protocol, number, rate } = traffic;
  const behavior = ({ workMs, fail, failAfter }: Traffic["gateway"]) => {
    const code = fail === undefined ? undefined : codeByName(fail);
    return { workMs, failAfter, ...(code === undefined ? {} : { fail: code }) };
  };
  const request = {
    rpc: findRpc(traffic.rpc, traffic.kind),
    drink: traffic.drink,
    messages: traffic.messages,
    gateway: behavior(traffic.gateway),
    backend: behavior(traffic.backend),
    timeoutMs: traffic.timeoutMs,
    headers: traffic.headers,
  };
  const caller = createCaller({
    url: urlVia(via, mesh, mesh.urls.edge),
    mix: [{ request, protocol }],
    beginsTrace: via !== "edge",
  });
  const calls: LoadCall[] = [];
  const from = Date.now();
  try {
    if (rate === undefined) {
      for (let i = 0; i < number && !signal?.aborted; i++) calls.push(await caller.send(i));
    } else {
      await runOpenLoop<LoadCall>({
        rate,
        count: number,
        maxInFlight: Number.POSITIVE_INFINITY,
        drainMs: traffic.timeoutMs + 2 * graceMs,
        clock: monotonicClock,
        send: caller.send,
        onEnd: ({ result }) => calls.push(result),
        ...(signal ? { signal } : {}),
      });
    }
    return { calls, from, to: Date.now() };
  } finally {
    caller.close();
  }
}
