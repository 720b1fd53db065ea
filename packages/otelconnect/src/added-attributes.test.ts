import assert from "node:assert/strict";
import { afterEach, suite, test } from "node:test";
import type { MessageShape } from "@bufbuild/protobuf";
import type { StringValueSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { context as contexts, diag, propagation, ROOT_CONTEXT } from "@opentelemetry/api";
import { SamplingDecision, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { connectInMemory } from "../testing/in-memory.ts";
import { createMetering } from "../testing/metering.ts";
import { endedSpans, registerTracing } from "../testing/tracing.ts";
import type { Options } from "./index.ts";

const exporter = registerTracing();
afterEach(() => {
  exporter.reset();
  diag.disable();
});

const impl = {
  unary({ value }: { value: string }) {
    if (value === "fail") throw new ConnectError("as asked", Code.NotFound);
    return { value: "answer" };
  },
  async *server() {
    yield { value: "one" };
    yield { value: "two" };
    yield { value: "three" };
  },
};
const kilobyte = 1_024;
const bytes = (text: unknown) => Buffer.byteLength(String(text));

suite("the option attributes", () => {
  test("adds to both spans at the end, and to no metric", async () => {
    const metering = createMetering();
    const attributes: NonNullable<Options["attributes"]> = (request, response) => ({
      "app.user": request.header.get("x-user") ?? "nobody",
      ...(response !== undefined && !response.stream
        ? { "app.answer": (response.message as MessageShape<typeof StringValueSchema>).value }
        : {}),
    });
    const options = { attributes, meterProvider: metering.provider };
    const rpc = connectInMemory(impl, { client: options, server: options });
    await rpc.unary({ value: "x" }, { headers: { "x-user": "me" } });
    for (const span of await endedSpans(exporter, 2)) {
      assert.equal(span.attributes["app.user"], "me");
      assert.equal(span.attributes["app.answer"], "answer");
    }
    for (const point of await metering.read()) assert.equal(point.attributes["app.user"], undefined);
  });

  test("adds to errors and streams", async () => {
    const attributes: NonNullable<Options["attributes"]> = (_request, response) => ({
      "app.kind": response === undefined ? "none" : response.stream ? "stream" : "unary",
    });
    const rpc = connectInMemory(impl, { client: { attributes }, server: { attributes } });
    await assert.rejects(rpc.unary({ value: "fail" }));
    await Array.fromAsync(rpc.server({}));
    const kinds = (await endedSpans(exporter, 4)).map((span) => span.attributes["app.kind"]);
    assert.deepEqual(kinds.toSorted(), ["none", "none", "stream", "stream"]);
  });

  test("is asked once for a call, when it ends, and not for a stream that was let go", async () => {
    let asked = 0;
    const attributes = () => {
      asked++;
      return {};
    };
    const rpc = connectInMemory(impl, { client: { attributes }, server: { filter: () => false } });
    const stream = rpc.server({})[Symbol.asyncIterator]();
    await stream.next();
    assert.equal(asked, 0);
    while ((await stream.next()).done !== true);
    assert.equal(asked, 1);
  });

  test("is bounded, says nothing against the call's own, and is filtered", async () => {
    const long = "ü".repeat(5_000);
    const rpc = connectInMemory(impl, {
      client: {
        attributes: () => ({
          "app.long": long,
          "app.list": [long, long],
          "app.numbers": Array.from({ length: 100_000 }, (_, it) => it),
          [`app.${long}`]: true,
          "rpc.status_code": "mine",
          "app.secret": "secret",
          ...Object.fromEntries(Array.from({ length: 100 }, (_, it) => [`app.many.${it}`, it])),
        }),
        attributeFilter: (key) => key !== "app.secret",
      },
      server: { filter: () => false },
    });
    await assert.rejects(rpc.unary({ value: "fail" }));
    const [span] = await endedSpans(exporter, 1);
    const { attributes = {} } = span ?? {};
    assert.ok(bytes(attributes["app.long"]) <= kilobyte);
    assert.ok(bytes((attributes["app.list"] as string[]).join("")) <= kilobyte);
    assert.ok((attributes["app.numbers"] as number[]).length <= kilobyte / 8);
    assert.ok(Object.keys(attributes).every((key) => bytes(key) <= kilobyte));
    assert.equal(attributes["rpc.status_code"], "not_found");
    assert.equal(attributes["app.secret"], undefined);
    assert.equal(Object.keys(attributes).filter((key) => key.startsWith("app.")).length, 30);
  });

  test("harms no call where it throws or gives no object", async () => {
    let errors = 0;
    const log = () => void errors++;
    diag.setLogger(
      { error: log, warn() {}, info() {}, debug() {}, verbose() {} },
      { suppressOverrideMessage: true },
    );
    const rpc = connectInMemory(impl, {
      client: {
        attributes() {
          throw new Error("broken");
        },
      },
      server: { attributes: () => "none" as never },
    });
    assert.equal((await rpc.unary({})).value, "answer");
    const spans = await endedSpans(exporter, 2);
    assert.ok(spans.every((span) => !("0" in span.attributes)));
    assert.ok(spans.every((span) => span.attributes["rpc.method"] !== undefined));
    assert.equal(errors, 1);
  });
});

suite("the option baggage", () => {
  const baggage = propagation.createBaggage({
    tenant: { value: "t1" },
    secret: { value: "s" },
    long: { value: "x".repeat(5_000) },
  });
  const inBaggage = <T>(run: () => T): T => contexts.with(propagation.setBaggage(ROOT_CONTEXT, baggage), run);

  test("makes attributes of what is listed, cut, on both sides, and of nothing else", async () => {
    const options = { baggage: ["tenant", "long", "absent"] };
    const rpc = connectInMemory(impl, { client: options, server: options });
    await inBaggage(() => rpc.unary({}));
    for (const span of await endedSpans(exporter, 2)) {
      assert.equal(span.attributes.tenant, "t1");
      assert.ok(bytes(span.attributes.long) <= kilobyte);
      assert.deepEqual(
        ["secret", "absent"].filter((key) => key in span.attributes),
        [],
      );
    }
  });

  test("takes nothing from a caller that is not trusted", async () => {
    for (const trustRemote of [true, false]) {
      exporter.reset();
      const rpc = connectInMemory(impl, {
        client: { filter: () => false },
        server: { baggage: ["tenant"], trustRemote },
      });
      await rpc.unary({}, { headers: { baggage: "tenant=t1" } });
      const [span] = await endedSpans(exporter, 1);
      assert.equal(span?.attributes.tenant, trustRemote ? "t1" : undefined);
    }
  });

  test("is there for samplers, and for no metric", async () => {
    const seen: unknown[] = [];
    const tracerProvider = new TracerProvider({
      sampler: {
        shouldSample(_context, _traceId, _name, _kind, attributes) {
          seen.push(attributes.tenant);
          return { decision: SamplingDecision.RECORD_AND_SAMPLED };
        },
        toString: () => "test",
      },
      spanProcessors: [new SimpleSpanProcessor({ exporter })],
    });
    const metering = createMetering();
    const rpc = connectInMemory(impl, {
      client: { tracerProvider, baggage: ["tenant"], meterProvider: metering.provider },
      server: { filter: () => false },
    });
    await inBaggage(() => rpc.unary({}));
    assert.deepEqual(seen, ["t1"]);
    for (const point of await metering.read()) assert.equal(point.attributes.tenant, undefined);
  });
});

suite("the option messageEvents as a function", () => {
  test("chooses the messages that become events", async () => {
    const rpc = connectInMemory(impl, {
      client: { messageEvents: ({ type, id }) => type === "RECEIVED" && id % 2 === 1 },
      server: {
        messageEvents: ({ request, message }) =>
          request.method.name === "Server" &&
          (message as MessageShape<typeof StringValueSchema>).value === "two",
      },
    });
    await Array.fromAsync(rpc.server({}));
    const [client, server] = await endedSpans(exporter, 2);
    assert.deepEqual(
      client?.events.map(({ attributes }) => attributes?.["rpc.message.id"]),
      [1, 3],
    );
    assert.deepEqual(
      server?.events.map(({ attributes }) => [
        attributes?.["rpc.message.type"],
        attributes?.["rpc.message.id"],
      ]),
      [["SENT", 2]],
    );
  });

  test("harms no message where it throws", async () => {
    const rpc = connectInMemory(impl, {
      client: {
        messageEvents() {
          throw new Error("broken");
        },
      },
    });
    assert.equal((await rpc.unary({})).value, "answer");
    for (const span of await endedSpans(exporter, 2)) assert.deepEqual(span.events, []);
  });
});
