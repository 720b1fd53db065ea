// Makes unary calls at a constant rate, one connection for each: node test/kubernetes/steady-calls.ts URL RATE SECONDS
// Prints a line of JSON: how many calls were made, and the codes of those that failed.
import { setTimeout as delay } from "node:timers/promises";
import { order } from "./order.ts";

const [url = "", rate = "1", seconds = "1"] = process.argv.slice(2);
const planned = Number(rate) * Number(seconds);

const startedAt = performance.now();
const calls: ReturnType<typeof order>[] = [];
for (let i = 0; i < planned; i++) {
  await delay(Math.max(0, startedAt + (i * 1000) / Number(rate) - performance.now()));
  calls.push(order(url));
}
const results = await Promise.all(calls);
const failed = results.filter(({ code }) => code !== "ok").map(({ code, message }) => `${code} ${message}`);
console.log(
  JSON.stringify({ made: results.length, failed, traceIds: results.map(({ traceId }) => traceId) }),
);
