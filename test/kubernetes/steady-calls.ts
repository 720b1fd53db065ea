// Makes unary calls at a constant rate, one connection for each: node test/kubernetes/steady-calls.ts URL RATE SECONDS
// Prints a line of JSON: how many calls were made, and the codes of those that failed.
import { setTimeout as delay } from "node:timers/promises";
import { createTransports } from "@envoy-mesh-lab/connections";
import { call, findRpc } from "@envoy-mesh-lab/load";

const [url = "", rate = "1", seconds = "1"] = process.argv.slice(2);
const planned = Number(rate) * Number(seconds);
const quiet = { workMs: 0, failAfter: 0 };

/** A caller of its own, as a client that keeps one connection would hide what new ones meet. */
async function order(): Promise<{ code: string; traceId?: string; message?: string }> {
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

const startedAt = performance.now();
const calls: ReturnType<typeof order>[] = [];
for (let i = 0; i < planned; i++) {
  await delay(Math.max(0, startedAt + (i * 1000) / Number(rate) - performance.now()));
  calls.push(order());
}
const results = await Promise.all(calls);
const failed = results.filter(({ code }) => code !== "ok").map(({ code, message }) => `${code} ${message}`);
console.log(
  JSON.stringify({ made: results.length, failed, traceIds: results.map(({ traceId }) => traceId) }),
);
