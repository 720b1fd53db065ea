import assert from "node:assert/strict";
import { test } from "node:test";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Attributes } from "@opentelemetry/api";
import { SpanKind } from "@opentelemetry/api";
import { SamplingDecision, TracerProvider } from "@opentelemetry/sdk-trace";
import { connectInMemory } from "../testing/in-memory.ts";

interface Seen {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
}

test("samplers see name, kind, system, method, server and captured headers, and not the outcome", async () => {
  const seen: Seen[] = [];
  const tracerProvider = new TracerProvider({
    sampler: {
      shouldSample(_context, _traceId, name, kind, attributes) {
        seen.push({ name, kind, attributes: { ...attributes } });
        return { decision: SamplingDecision.NOT_RECORD };
      },
      toString: () => "spy",
    },
  });
  const options = { tracerProvider, requestHeaders: ["x-tenant"], responseHeaders: ["x-shard"] };
  const client = connectInMemory(
    {
      unary() {
        throw new ConnectError("no", Code.Internal, { "x-shard": "seven" });
      },
    },
    { client: options, server: options },
  );
  await assert.rejects(client.unary({}, { headers: { "x-tenant": "acme" } }));
  const name = "echo.v1.EchoService/Unary";
  const attributes = {
    "rpc.system.name": "connectrpc",
    "rpc.method": name,
    "server.address": "in-memory",
    "server.port": 443,
    "rpc.request.header.x-tenant": ["acme"],
  };
  assert.deepEqual(seen, [
    { name, kind: SpanKind.CLIENT, attributes },
    { name, kind: SpanKind.SERVER, attributes },
  ]);
});
