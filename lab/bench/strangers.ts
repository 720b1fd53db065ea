import { closeSync, openSync, writeSync } from "node:fs";
import type { Generated } from "./generate.ts";

/** How many spans a process exports in one batch, as SDKs and the Collector's batch processor do. */
const batchSize = 64;

/** How many traces are open at a time: the pieces of a trace stand some batches apart. */
const openTraces = 40;

/**
 * Writes spans as applications write them whose makers never heard of the lab: forty services in six languages' manners,
 * without proxies, in traces of 2 to 60 spans, exported by OTLP JSON lines of up to 64 spans of one service.
 *
 * @param bytesEach about how large a span is; what is missing is put into a statement of SQL, an address or a stack trace.
 */
export function generateStrangers(
  file: string,
  bytesEach: number,
  enough: (size: Generated) => boolean,
): Generated {
  const random = randomNumbers(20_240_229);
  const services = Array.from({ length: 40 }, (_, i) => serviceOf(i, random));
  const output = openSync(file, "w");
  const size: Generated = { bytes: 0, spans: 0 };
  const waiting: string[][] = services.map(() => []);
  const flush = (i: number) => {
    const spans = waiting[i] as string[];
    if (spans.length === 0) return;
    const { resource, scope } = services[i] as Service;
    const line = Buffer.from(
      `{"resourceSpans":[{"resource":${resource},"scopeSpans":[{"scope":${scope},"spans":[${spans.join(",")}]}]}]}\n`,
    );
    writeSync(output, line);
    size.bytes += line.length;
    size.spans += spans.length;
    waiting[i] = [];
  };
  try {
    let startNs = 1_760_000_000_000_000_000n;
    while (!enough(size)) {
      for (let open = 0; open < openTraces; open++) {
        startNs += BigInt(1_000_000 + Math.floor(random() * 9_000_000));
        for (const { service, json } of traceOf(random, startNs, bytesEach)) {
          (waiting[service] as string[]).push(json);
          if ((waiting[service] as string[]).length >= batchSize) flush(service);
        }
      }
    }
    for (const i of waiting.keys()) flush(i);
  } finally {
    closeSync(output);
  }
  return size;
}

interface Service {
  /** As JSON. */
  resource: string;
  scope: string;
}

const languages = ["java", "go", "python", "nodejs", "dotnet", "ruby"];

function serviceOf(i: number, random: () => number): Service {
  const language = languages[i % languages.length] as string;
  const name = `${["cart", "price", "stock", "search", "mail", "user", "order", "tax"][i % 8]}-${Math.floor(i / 8)}`;
  return {
    resource: JSON.stringify({
      attributes: attributesOf({
        "service.name": name,
        "service.namespace": "shop",
        "service.version": `1.${i}.0`,
        "telemetry.sdk.name": "opentelemetry",
        "telemetry.sdk.language": language,
        "telemetry.sdk.version": "1.40.0",
        "k8s.namespace.name": "shop",
        "k8s.pod.name": `${name}-${hex(random, 10)}-${hex(random, 5)}`,
        "k8s.pod.uid": hex(random, 32),
        "k8s.node.name": `node-${i % 7}`,
        "host.name": `${name}-${hex(random, 10)}`,
        "process.pid": 1 + i,
        "process.runtime.description": "Eclipse Adoptium OpenJDK 64-Bit Server VM 21.0.4+7-LTS",
      }),
    }),
    scope: JSON.stringify({ name: `io.opentelemetry.${language}-http`, version: "2.8.0-alpha" }),
  };
}

function* traceOf(random: () => number, startNs: bigint, bytesEach: number) {
  const count = 2 + Math.floor(random() * random() * 59);
  const traceId = hex(random, 32);
  const made: { spanId: string; service: number; kind: number; at: number; length: number }[] = [];
  for (let i = 0; i < count; i++) {
    const above = i === 0 ? undefined : made[Math.floor(random() * i)];
    // A call is answered by another service; all else is done where the parent is.
    const kind = above === undefined ? 2 : above.kind === 3 ? 2 : random() < 0.6 ? 3 : 1;
    // Each service calls the same three.
    const service =
      above === undefined
        ? 0
        : kind !== 2
          ? above.service
          : (3 * above.service + 1 + Math.floor(3 * random())) % 40;
    const at = above === undefined ? 0 : above.at + Math.floor(random() * 0.3 * above.length);
    const length = above === undefined ? 20_000_000 + random() * 400_000_000 : 0.6 * random() * above.length;
    const span = { spanId: hex(random, 16), service, kind, at, length: Math.floor(length) + 1 };
    made.push(span);
    yield { service, json: spanOf(random, traceId, above?.spanId, span, startNs, bytesEach) };
  }
}

function spanOf(
  random: () => number,
  traceId: string,
  parentSpanId: string | undefined,
  { spanId, kind, at, length }: { spanId: string; kind: number; at: number; length: number },
  startNs: bigint,
  bytesEach: number,
): string {
  const route = `/v1/${["items", "carts", "users", "orders"][Math.floor(random() * 4)]}/{id}`;
  const path = route.replace("{id}", String(Math.floor(random() * 1e6)));
  const failed = random() < 0.01;
  const attributes =
    kind === 1
      ? {
          "code.namespace": "com.example.shop.Basket",
          "code.function": "total",
          "code.lineno": Math.floor(random() * 900),
          "thread.id": Math.floor(random() * 200),
          "thread.name": `pool-3-thread-${Math.floor(random() * 200)}`,
          "basket.id": hex(random, 24),
          "basket.size": Math.floor(random() * 30),
          "feature.flag": random() < 0.5 ? "new-checkout" : "old-checkout",
        }
      : {
          "http.request.method": "GET",
          "http.response.status_code": failed ? 500 : 200,
          ...(kind === 2
            ? {
                "http.route": route,
                "url.path": path,
                "url.scheme": "http",
                "user_agent.original": "okhttp/4.12.0",
                "client.address": `10.4.${Math.floor(random() * 250)}.7`,
                "server.address": "stock-1.shop.svc",
              }
            : {
                "url.full": `http://stock-1.shop.svc:8080${path}?full=true`,
                "server.address": "stock-1.shop.svc",
                "server.port": 8080,
              }),
          "network.peer.address": `10.4.${Math.floor(random() * 250)}.${Math.floor(random() * 250)}`,
          "network.protocol.version": "1.1",
          "network.peer.port": 30_000 + Math.floor(random() * 30_000),
          "thread.id": Math.floor(random() * 200),
          "thread.name": `http-nio-8080-exec-${Math.floor(random() * 200)}`,
        };
  const span = {
    traceId,
    spanId,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    flags: 257,
    name: kind === 1 ? "Basket.total" : `GET ${kind === 2 ? route : ""}`.trim(),
    kind,
    startTimeUnixNano: String(startNs + BigInt(at)),
    endTimeUnixNano: String(startNs + BigInt(at + length)),
    attributes: attributesOf(attributes),
    ...(failed || random() < 0.05
      ? {
          events: [
            {
              timeUnixNano: String(startNs + BigInt(at)),
              name: "exception",
              attributes: attributesOf({
                "exception.type": "java.io.IOException",
                "exception.message": 'broken pipe "7"\n',
              }),
            },
          ],
        }
      : {}),
    status: failed ? { code: 2 } : {},
  };
  const missing = bytesEach - JSON.stringify(span).length - 75;
  if (missing > 0) {
    const key = ["db.query.text", "enduser.baggage", "code.stacktrace"][Math.floor(random() * 3)] as string;
    const filler = `select id, name, price from items where id in (${hex(random, 32)}) and state = 'open' -- \n`;
    span.attributes.push({
      key,
      value: { stringValue: filler.repeat(missing / filler.length + 1).slice(0, missing) },
    });
  }
  return JSON.stringify(span);
}

function attributesOf(values: Record<string, string | number>) {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value: typeof value === "string" ? { stringValue: value } : { intValue: String(value) },
  }));
}

function hex(random: () => number, digits: number): string {
  let text = "";
  while (text.length < digits)
    text += Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, "0");
  return text.slice(0, digits);
}

/** The same numbers in every run (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
