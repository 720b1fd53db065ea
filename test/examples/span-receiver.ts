import { once } from "node:events";
import type { IncomingMessage, Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A span as OTLP's JSON has it; what the tests of examples look at. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  /** 2 is SERVER, 3 is CLIENT. */
  readonly kind: number;
  readonly scope: string;
}

interface TraceRequest {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string };
      readonly spans: readonly Omit<ReceivedSpan, "scope">[];
    }[];
  }[];
}

/** Takes the place of a Collector: it listens on a port of its own, and keeps what comes over OTLP/HTTP as JSON. */
export class SpanReceiver {
  readonly spans: ReceivedSpan[] = [];
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
    server.on("request", async (request, response) => {
      // Empty, as everything was taken. Other signals are not looked at.
      const body = await readText(request);
      if (request.url === "/v1/traces") {
        this.#keep(JSON.parse(body) as TraceRequest);
      }
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  }

  static async listen(): Promise<SpanReceiver> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new SpanReceiver(server);
  }

  /** What OTEL_EXPORTER_OTLP_ENDPOINT is to be. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #keep({ resourceSpans }: TraceRequest): void {
    for (const { scopeSpans } of resourceSpans) {
      for (const { scope, spans } of scopeSpans) {
        this.spans.push(...spans.map((span) => ({ ...span, scope: scope.name })));
      }
    }
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) {
    text += chunk;
  }
  return text;
}
