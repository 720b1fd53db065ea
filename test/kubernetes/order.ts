import { createTransports } from "@envoy-mesh-lab/connections";
import type { CallResult } from "@envoy-mesh-lab/load";
import { call, findRpc } from "@envoy-mesh-lab/load";

const quiet = { workMs: 0, failAfter: 0 };

/** Makes one unary call. It has a connection of its own, as a client that keeps one would hide what new ones meet. */
export async function order(url: string): Promise<CallResult> {
  const transports = createTransports({ url });
  try {
    return await call(transports.connect, {
      rpc: findRpc("OrderDrink", undefined),
      drink: "espresso",
      messages: 1,
      gateway: quiet,
      backend: quiet,
      timeoutMs: 20_000,
      headers: {},
    });
  } finally {
    transports.close();
  }
}
