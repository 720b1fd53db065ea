// The guest list: who is let in, and who is not. It is old and slow, and it is traced: a SERVER span for each question, below the
// span that `traceparent` names.
import { createServer } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { propagation, ROOT_CONTEXT, SpanKind, trace } from "@opentelemetry/api";
import { startNodeSdk } from "@opentelemetry/sdk-node";

const [, host = "", port] = /^(.+):(\d+)$/.exec(process.env.LISTEN_ADDRESS ?? "") ?? [];
if (port === undefined) throw new Error("LISTEN_ADDRESS is where to listen, as host:port");

const sdk = startNodeSdk({
  metricReaders: [],
  logRecordProcessors: [],
  resourceDetectors: [],
  resourceAttributes: { "service.name": "guest-list" },
});
const tracer = trace.getTracer("guest-list");

/** How long the list takes to be leafed through, in milliseconds. */
const leafing = 120;

const server = createServer(async (request, response) => {
  request.resume();
  const { method, url: path = "", headers } = request;
  if (path === "/readyz") {
    response.end("ready\n");
    return;
  }
  console.log(JSON.stringify({ msg: "received", method, path, headers }));
  const parent = propagation.extract(ROOT_CONTEXT, headers);
  const span = tracer.startSpan("GET /guests/{guest}", { kind: SpanKind.SERVER }, parent);
  await delay(leafing);
  const welcome = !path.startsWith("/guests/Mallory");
  span.setAttribute("guest.welcome", welcome);
  span.end();
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ welcome }));
});
server.listen(Number(port), host);

process.once("SIGTERM", async () => {
  await sdk.shutdown();
  process.exit(0);
});
