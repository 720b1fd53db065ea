// Callers each of which calls again once it is answered: node test/kubernetes/keen-callers.ts URL
// Each line of standard input says how many of them there are from then on, and how many milliseconds each waits; at its end they stop.
// Prints a line of JSON: the ids of the traces of calls that were answered, and the codes of those that failed.
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { order } from "./order.ts";

const [url = ""] = process.argv.slice(2);
/** After a call that failed, in milliseconds, so that it is not a flood of them. */
const againMs = 500;
const traceIds: string[] = [];
const failed: string[] = [];
let [wanted = 0, pauseMs = 0]: number[] = [];
const callers: Promise<void>[] = [];

async function call(index: number): Promise<void> {
  while (index < wanted) {
    const { code, message, traceId } = await order(url);
    const isAnswered = code === "ok" && traceId !== undefined;
    if (isAnswered) traceIds.push(traceId);
    else failed.push(`${code} ${message}`);
    await delay(isAnswered ? pauseMs : againMs);
  }
}

for await (const line of createInterface(process.stdin)) {
  [wanted = 0, pauseMs = 0] = line.split(" ").map(Number);
  while (callers.length < wanted) callers.push(call(callers.length));
}
wanted = 0;
await Promise.all(callers);
console.log(JSON.stringify({ failed, traceIds }));
