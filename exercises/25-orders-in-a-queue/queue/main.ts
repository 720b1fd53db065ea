// The queue of receipts: keeps each message until somebody takes it, with headers that it does not look at. It reports no spans.
import { createServer } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

const [, host = "", port] = /^(.+):(\d+)$/.exec(process.env.LISTEN_ADDRESS ?? "") ?? [];
if (port === undefined) throw new Error("LISTEN_ADDRESS is where to listen, as host:port");

/** Messages are handed out together, two at least, once none has come for so long; and one alone after longer, in milliseconds. */
const [quietMs, aloneMs] = [300, 1000];
/** Who takes messages waits for the first for so long at most, in milliseconds. */
const patienceMs = 5000;

const waiting: unknown[] = [];
let lastAt = 0;

const server = createServer(async (request, response) => {
  if (request.url === "/readyz") {
    response.end("ready\n");
    return;
  }
  if (request.method === "POST") {
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString();
    waiting.push(JSON.parse(body));
    lastAt = Date.now();
    console.log(JSON.stringify({ msg: "queued", message: waiting.at(-1) }));
    response.end("queued\n");
    return;
  }
  const giveUpAt = Date.now() + patienceMs;
  const isSoon = () => Date.now() - lastAt < (waiting.length > 1 ? quietMs : aloneMs);
  while (!response.destroyed && (waiting.length === 0 ? Date.now() < giveUpAt : isSoon())) await delay(20);
  // Who has gone meanwhile takes nothing with it.
  if (response.destroyed) return;
  response.end(JSON.stringify(waiting.splice(0)));
});
server.listen(Number(port), host);

process.once("SIGTERM", () => process.exit(0));
