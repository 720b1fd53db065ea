import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { CallOptions, Client } from "@connectrpc/connect";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { bytesLeftByCall } from "@envoy-mesh-lab/connections/testing";
import { hearsReadersLeave } from "../testing/connect-version.ts";
import { EchoService } from "../testing/echo-service.ts";
import { createMetering } from "../testing/metering.ts";
import { registerSpanCounts } from "../testing/tracing.ts";
import type { Protocol, WireServer } from "../testing/wires.ts";
import { startWireServer } from "../testing/wires.ts";
import { createClientInterceptor, createServerInterceptor } from "./index.ts";

/*
 * Nothing that belongs to a call may stay once the call is over, however it ended. With so few calls a round noise is up to a
 * kilobyte or two; what was left before came to 6 to 9 kB a call over all ways to end.
 */
const limit = 3_500;
/** Calls of each ending in a round. */
const callsInRound = 5;

const counts = registerSpanCounts();
const meterProvider = createMetering().provider;
const options = { meterProvider, messageMetrics: true, messageEvents: true };

type EchoClient = Client<typeof EchoService>;
type Kind = "unary" | "client" | "server" | "bidi";

/** Makes one call of a kind; whoever calls reads the answers. */
async function* answers(client: EchoClient, kind: Kind, value: string, callOptions: CallOptions) {
  async function* requests() {
    yield { value };
    if (value === "hang") {
      await aborted(callOptions.signal);
    }
  }
  if (kind === "unary" || kind === "client") {
    yield await (kind === "unary"
      ? client.unary({ value }, callOptions)
      : client.client(requests(), callOptions));
  } else {
    yield* kind === "server" ? client.server({ value }, callOptions) : client.bidi(requests(), callOptions);
  }
}

/** The stream of answers itself, as Connect gives it. */
function stream(client: EchoClient, kind: Kind, callOptions: CallOptions) {
  async function* requests() {
    yield { value: "go" };
  }
  return kind === "server"
    ? client.server({ value: "go" }, callOptions)
    : client.bidi(requests(), callOptions);
}

async function aborted(signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted === false) {
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  }
}

const all: readonly Kind[] = ["unary", "client", "server", "bidi"];
const downstream: readonly Kind[] = ["server", "bidi"];

async function fails(iterable: AsyncIterable<unknown>, code: Code): Promise<void> {
  await assert.rejects(Array.fromAsync(iterable), (error) => ConnectError.from(error).code === code);
}

/** Every way in which a call can end, as its client sees it. */
const endings: readonly {
  readonly name: string;
  readonly kinds: readonly Kind[];
  readonly call: (client: EchoClient, kind: Kind) => Promise<void>;
}[] = [
  {
    name: "ends",
    kinds: all,
    async call(client, kind) {
      await Array.fromAsync(answers(client, kind, "go", {}));
    },
  },
  {
    name: "fails",
    kinds: all,
    call: (client, kind) => fails(answers(client, kind, "fail", {}), Code.Aborted),
  },
  {
    name: "is cancelled by its signal",
    kinds: all,
    async call(client, kind) {
      const controller = new AbortController();
      const call = fails(answers(client, kind, "hang", { signal: controller.signal }), Code.Canceled);
      await handling();
      controller.abort();
      await call;
    },
  },
  {
    name: "passes its deadline",
    kinds: all,
    call: (client, kind) => fails(answers(client, kind, "hang", { timeoutMs: 2 }), Code.DeadlineExceeded),
  },
  {
    name: "is left with break and its signal",
    kinds: downstream,
    async call(client, kind) {
      const controller = new AbortController();
      for await (const _ of stream(client, kind, { signal: controller.signal })) {
        break;
      }
      controller.abort();
    },
  },
  {
    name: "is left with return and throw",
    kinds: hearsReadersLeave ? downstream : [],
    async call(client, kind) {
      const controller = new AbortController();
      for (const leave of ["return", "throw"] as const) {
        const iterator = stream(client, kind, { signal: controller.signal })[Symbol.asyncIterator]();
        await iterator.next();
        await iterator[leave]?.(new Error("enough")).catch(() => {});
      }
      controller.abort();
    },
  },
  {
    name: "is let go before and after its first message, and cancelled later",
    kinds: downstream,
    async call(client, kind) {
      const controller = new AbortController();
      stream(client, kind, { signal: controller.signal })[Symbol.asyncIterator]();
      await stream(client, kind, { signal: controller.signal })[Symbol.asyncIterator]().next();
      controller.abort();
    },
  },
];

let handlerBegan = () => {};
function handling(): Promise<void> {
  return new Promise((resolve) => {
    handlerBegan = resolve;
  });
}

async function start(interceptors: Parameters<typeof startWireServer>[1], version: "2" | "in memory") {
  async function obey(value: string, signal: AbortSignal) {
    handlerBegan();
    if (value === "fail") {
      throw new ConnectError("as asked", Code.Aborted);
    }
    if (value === "hang") {
      await aborted(signal);
    }
    return { value };
  }
  return startWireServer(version, interceptors, (router) =>
    router.service(EchoService, {
      unary: ({ value }, { signal }) => obey(value, signal),
      async client(requests, { signal }) {
        let last = "go";
        for await (const { value } of requests) {
          last = value;
          if (value !== "go") {
            break;
          }
        }
        return obey(last, signal);
      },
      async *server({ value }, { signal }) {
        yield await obey(value, signal);
        yield { value };
      },
      async *bidi(requests, { signal }) {
        for await (const { value } of requests) {
          yield await obey(value, signal);
          yield { value };
        }
      },
    }),
  );
}

/** Where the interceptors are. Each side alone is called in memory, both over HTTP/2. */
const placements: readonly {
  readonly sides: string;
  readonly version: "2" | "in memory";
  readonly protocol: Protocol;
  readonly client: boolean;
  readonly server: boolean;
}[] = [
  { sides: "client", version: "in memory", protocol: "connect", client: true, server: false },
  { sides: "server", version: "in memory", protocol: "connect", client: false, server: true },
  { sides: "client and server", version: "2", protocol: "grpc", client: true, server: true },
];

for (const { sides, version, protocol, client: traceClient, server: traceServer } of placements) {
  suite(`${sides}, ${version === "2" ? "HTTP/2" : version}`, () => {
    let server: WireServer;
    let client: EchoClient;
    before(async () => {
      server = await start(traceServer ? [createServerInterceptor(options)] : [], version);
      client = createClient(
        EchoService,
        server.transport(protocol, traceClient ? [createClientInterceptor(options)] : []),
      );
    });
    after(() => server.close());
    for (const kind of all) {
      test(`${kind} calls leave nothing, however they end`, async (t) => {
        const possible = endings.filter(({ kinds }) => kinds.includes(kind));
        // All together, as most of the time goes to collecting garbage; one after the other only to find the culprit.
        const bytes = await bytesLeftByCall(async () => {
          for (const { call } of possible) {
            await call(client, kind);
          }
        }, callsInRound);
        const each = bytes / possible.length;
        t.diagnostic(`${each.toFixed(0)} bytes a call`);
        if (each > limit) {
          for (const { name, call } of possible) {
            const left = await bytesLeftByCall(() => call(client, kind), 30);
            t.diagnostic(`a call that ${name}: ${left.toFixed(0)} bytes`);
          }
        }
        assert.ok(each < limit, `${each.toFixed(0)} bytes stay of each call, at most ${limit} may`);
      });
    }
  });
}

test("every span has ended", () => {
  assert.ok(counts.started > 1_000);
  assert.equal(counts.ended, counts.started);
});
