// The till, which came with the shop and is older than the mesh. Its tracer reads and writes B3 and nothing else, and nobody has its
// sources. It stands in the back office, without a sidecar: the gateway calls it directly, and it asks the gateway for prices.
import { createServer } from "node:http";
import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { B3InjectEncoding, B3Propagator } from "@opentelemetry/propagator-b3";
import { startNodeSdk } from "@opentelemetry/sdk-node";

const [, host = "", port] = /^(.+):(\d+)$/.exec(process.env.LISTEN_ADDRESS ?? "") ?? [];
const menu = process.env.MENU_URL;
if (port === undefined || menu === undefined)
  throw new Error("LISTEN_ADDRESS is where to listen, as host:port, and MENU_URL where the menu is");

const sdk = startNodeSdk({
  propagators: [new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER })],
  metricReaders: [],
  logRecordProcessors: [],
  resourceDetectors: [],
  resourceAttributes: { "service.name": "till" },
});
const tracer = trace.getTracer("till");

/** Does some work in a span below the one of a context. */
function inSpan<T>(
  name: string,
  kind: SpanKind,
  parent = context.active(),
  work: () => Promise<T>,
): Promise<T> {
  return tracer.startActiveSpan(name, { kind }, parent, async (span) => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** What a drink costs, in cents of a euro, as the café's menu says. */
function priceOf(drink: string): Promise<number> {
  return inSpan("cafe.v1.CafeService/GetDrink", SpanKind.CLIENT, undefined, async () => {
    const headers: Record<string, string> = { "content-type": "application/json" };
    propagation.inject(context.active(), headers);
    const url = new URL("/cafe.v1.CafeService/GetDrink", menu);
    const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ name: drink }) });
    const answer = (await response.json()) as { drink?: { priceCents?: number } };
    if (answer.drink?.priceCents === undefined) throw new Error(`the menu answers ${response.status}`);
    return answer.drink.priceCents;
  });
}

const server = createServer((request, response) => {
  const { method, url: path, headers } = request;
  if (path === "/readyz") {
    response.end("ready\n");
    return;
  }
  console.log(JSON.stringify({ msg: "received", method, path, headers }));
  const answer = async () => {
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString();
    const { drink } = JSON.parse(body) as { drink: string };
    response.end(JSON.stringify({ chargedCents: await priceOf(drink) }));
  };
  inSpan("POST /charges", SpanKind.SERVER, propagation.extract(ROOT_CONTEXT, headers), answer).catch(
    (error: unknown) => {
      response.statusCode = 502;
      response.end(`${error}\n`);
    },
  );
});
server.listen(Number(port), host);

process.once("SIGTERM", async () => {
  await sdk.shutdown();
  process.exit(0);
});
