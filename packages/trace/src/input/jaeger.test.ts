import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { codesOf, readBytes, readJson } from "../../testing/read-bytes.ts";

const span = (fields: object) => ({
  traceID: "7f00ac6317074d13",
  spanID: "a1",
  operationName: "GET /",
  references: [],
  startTime: 1693046647759848,
  duration: 60719,
  tags: [{ key: "span.kind", type: "string", value: "server" }],
  logs: [],
  processID: "p1",
  warnings: null,
  ...fields,
});
const processes = {
  p1: { serviceName: "front", tags: [{ key: "hostname", type: "string", value: "h1" }] },
  p2: { serviceName: "back" },
};
const answer = (...spans: unknown[]) => ({
  data: [{ traceID: "7f00ac6317074d13", spans, processes }],
  total: 0,
  errors: null,
});

for (const [what, fields, codes] of [
  ["a duration of null", { duration: null }, ["no-end", "padded-id"]],
  ["no duration", { duration: undefined }, ["no-end", "padded-id"]],
  ["a start of zero", { startTime: 0 }, ["no-time", "padded-id"]],
  ["a start below zero", { startTime: -5 }, ["no-time", "padded-id", "unlikely-time"]],
  ["times in seconds", { startTime: 1693046647, duration: 0 }, ["padded-id", "time-unit"]],
] as const) {
  test(`Jaeger: ${what} is reported`, () => {
    assert.deepEqual(Object.keys(codesOf(readJson(answer(span(fields))).traces[0])).sort(), codes);
  });
}

test("Jaeger: processes are resources, microseconds become nanoseconds, short ids are padded", () => {
  const child = span({
    spanID: "b1",
    processID: "p2",
    references: [{ refType: "CHILD_OF", traceID: "7f00ac6317074d13", spanID: "a1" }],
  });
  const { traces } = readJson(answer(span({}), child));
  const [front, back] = traces[0]?.spans ?? [];
  assert.equal(traces[0]?.traceId, "00000000000000007f00ac6317074d13");
  assert.equal(front?.startNs, 1693046647759848000n);
  assert.equal(front?.endNs, 1693046647820567000n);
  assert.deepEqual(front?.resource, { "service.name": "front", "host.name": "h1", hostname: "h1" });
  assert.equal(front?.kind, "server");
  assert.deepEqual(back?.resource, { "service.name": "back" });
  assert.equal(back?.parentSpanId, front?.spanId);
  assert.deepEqual(codesOf(traces[0]), { "padded-id": ["00000000000000a1", "00000000000000b1"] });
});

test("Jaeger: tags say kind, status and scope; values have the type that is said", () => {
  const tags = [
    { key: "span.kind", type: "string", value: "client" },
    { key: "otel.status_code", type: "string", value: "ERROR" },
    { key: "otel.status_description", type: "string", value: "no" },
    { key: "otel.scope.name", type: "string", value: "envoy" },
    { key: "n", type: "int64", value: "7" },
    { key: "ok", type: "bool", value: true },
    { key: "code", value: "200" },
  ];
  const [read] = readJson(answer(span({ tags }))).traces[0]?.spans ?? [];
  assert.equal(read?.kind, "client");
  assert.deepEqual(read?.status, { code: "error", message: "no" });
  assert.deepEqual(read?.scope, { name: "envoy" });
  assert.deepEqual([read?.attributes.n, read?.attributes.ok, read?.attributes.code], [7, true, "200"]);
});

test("Jaeger: FOLLOWS_FROM is the parent when there is no other, and a link when there is", () => {
  const reference = (refType: string, spanID: string, traceID = "7f00ac6317074d13") => ({
    refType,
    traceID,
    spanID,
  });
  const read = (...references: object[]) => readJson(answer(span({ references }))).traces[0]?.spans[0];
  assert.equal(read(reference("FOLLOWS_FROM", "c1"))?.parentSpanId, "00000000000000c1");
  const both = read(reference("FOLLOWS_FROM", "c1"), reference("CHILD_OF", "d1"));
  assert.equal(both?.parentSpanId, "00000000000000d1");
  assert.deepEqual(
    both?.links.map((it) => it.spanId),
    ["00000000000000c1"],
  );
  const elsewhere = read(reference("FOLLOWS_FROM", "c1", "99"));
  assert.equal(elsewhere?.parentSpanId, undefined);
  assert.equal(elsewhere?.links.length, 1);
});

test("Jaeger: logs are events, and its own warnings are reported", () => {
  const logs = [{ timestamp: 1693046647760000, fields: [{ key: "event", type: "string", value: "retry" }] }];
  const warnings = ["clock skew adjustment disabled; not applying calculated delta of 5ms"];
  const { traces } = readJson(answer(span({ logs, warnings })));
  assert.equal(traces[0]?.spans[0]?.events[0]?.name, "retry");
  assert.equal(traces[0]?.spans[0]?.events[0]?.timeNs, 1693046647760000000n);
  assert.ok("tool-warning" in codesOf(traces[0]));
});

test("Jaeger: a span of an unknown process, and one with nothing right, are reported", () => {
  const { traces, problems } = readJson(
    answer(span({ processID: "p9" }), { traceID: "7f00ac6317074d13" }, 5),
  );
  assert.equal(traces[0]?.spans.length, 1);
  assert.equal(problems, 2);
  assert.deepEqual(Object.keys(codesOf(traces[0])), ["missing-service", "padded-id", "unreadable-span"]);
});

test("Jaeger: one trace alone, and a list of traces", () => {
  const trace = { traceID: "7f00ac6317074d13", spans: [span({})], processes };
  assert.equal(readJson(trace).traces[0]?.spans.length, 1);
  assert.equal(readJson([trace]).traces[0]?.spans.length, 1);
});

suite("Jaeger: the spans that it keeps in Elasticsearch", () => {
  const stored = (fields: object) => ({
    ...span({ processID: undefined, startTimeMillis: 1693046647759, flags: 1, ...fields }),
    process: processes.p1,
  });
  const root = stored({});
  const child = stored({
    spanID: "b1",
    references: [{ refType: "CHILD_OF", traceID: "7f00ac6317074d13", spanID: "a1" }],
  });
  const hit = (source: object) => ({ _index: "jaeger-span-2023-08-26", _id: "x", _source: source });
  const lines = (...documents: object[]) => [documents.map((it) => JSON.stringify(it)).join("\n")];

  for (const [what, input] of [
    ["the answer to a search", [JSON.stringify({ took: 1, hits: { hits: [hit(root), hit(child)] } })]],
    ["a dump, a line each", lines(hit(root), hit(child))],
    ["hits in a list", [JSON.stringify([hit(root), hit(child)])]],
    ["documents alone", lines(root, child)],
    ["a bulk request", lines({ index: {} }, root, { create: { _index: "jaeger-span", _id: "x" } }, child)],
  ] as const) {
    test(`as ${what}`, () => {
      const { traces, problems } = readBytes([...input]);
      assert.deepEqual([traces.length, problems], [1, 0]);
      const [first, second] = traces[0]?.spans ?? [];
      assert.deepEqual(first?.resource, { "service.name": "front", "host.name": "h1", hostname: "h1" });
      assert.deepEqual([first?.kind, second?.parentSpanId], ["server", first?.spanId]);
    });
  }

  test("tags may be fields, with @ for dots", () => {
    const process = { serviceName: "front", tag: { "host@name": "h1" } };
    const source = { ...root, tags: [], tag: { "span@kind": "client", "http@status_code": 503 }, process };
    const [it] = readJson(hit(source)).traces[0]?.spans ?? [];
    assert.equal(it?.kind, "client");
    assert.deepEqual(it?.attributes, { "span.kind": "client", "http.status_code": 503 });
    assert.deepEqual(it?.resource, { "service.name": "front", "host.name": "h1" });
  });

  test("an answer that is cut off gives what is whole, and a hit that is no span is said where", () => {
    const whole = JSON.stringify({ hits: { hits: [hit(root), hit(child)] } });
    assert.equal(readBytes([whole.slice(0, -40)]).traces[0]?.spans.length, 1);
    const { notices, problems } = readJson({ hits: { hits: [hit(root), hit({ hello: 1 })] } });
    assert.equal(problems, 1, notices.join());
  });
});
