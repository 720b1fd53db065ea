import assert from "node:assert/strict";
import { test } from "node:test";
import { codesOf, normal, readJson } from "../../testing/read-bytes.ts";
import { serviceOf } from "../service-name.ts";

const span = (fields: object) => ({
  traceId: "463ac35c9f6413ad48485a3953bb6124",
  id: "48485a3953bb6124",
  kind: "CLIENT",
  name: "get",
  timestamp: 1570523661059232,
  duration: 1000,
  localEndpoint: { serviceName: "front" },
  ...fields,
});
const client = span({});
const server = span({
  kind: "SERVER",
  shared: true,
  timestamp: 1570523661059300,
  localEndpoint: { serviceName: "back" },
});
const below = span({
  id: "00000000000000b1",
  parentId: "48485a3953bb6124",
  localEndpoint: { serviceName: "back" },
});

test("Zipkin: a shared id is taken apart, server below client, and the server's children below it", () => {
  const trace = readJson([below, server, client]).traces[0];
  const find = (name: string, kind: string) =>
    trace?.spans.find((it) => serviceOf(it) === name && it.kind === kind);
  const half = find("back", "server");
  assert.equal(find("front", "client")?.spanId, "48485a3953bb6124");
  assert.equal(half?.parentSpanId, "48485a3953bb6124");
  assert.equal(half?.originalSpanId, "48485a3953bb6124");
  assert.equal(find("back", "client")?.parentSpanId, half?.spanId);
  assert.deepEqual(codesOf(trace), { "shared-span-id": [half?.spanId] });
});

test("Zipkin: the order of the spans does not matter", () => {
  const read = (...spans: object[]) => readJson(spans).traces.map(normal);
  const expected = read(client, server, below);
  assert.deepEqual(read(below, client, server), expected);
  assert.deepEqual(read(server, below, client), expected);
});

test("Zipkin: a span that was reported in parts is put together, in any order", () => {
  const part = { ...server, kind: undefined, shared: undefined, timestamp: undefined, duration: undefined };
  const spans = [client, { ...server, name: undefined, tags: { a: "1" } }, { ...part, tags: { b: "2" } }];
  for (const input of [spans, spans.toReversed()]) {
    const trace = readJson(input).traces[0];
    assert.equal(trace?.spans.length, 2);
    const half = trace?.spans.find((it) => it.kind === "server");
    assert.deepEqual([half?.name, half?.attributes], ["get", { a: "1", b: "2" }]);
    assert.deepEqual(codesOf(trace), {
      "shared-span-id": [half?.spanId],
      "span-in-parts": ["48485a3953bb6124"],
    });
  }
});

test("Zipkin: several receivers of one message all hang below its sender", () => {
  const other = { ...server, localEndpoint: { serviceName: "back", ipv4: "10.0.0.2" } };
  const trace = readJson([server, client, other]).traces[0];
  const servers = trace?.spans.filter((it) => it.kind === "server") ?? [];
  assert.deepEqual(
    servers.map((it) => it.parentSpanId),
    ["48485a3953bb6124", "48485a3953bb6124"],
  );
  assert.deepEqual(codesOf(trace), { "shared-span-id": servers.map((it) => it.spanId).sort() });
});

test("Zipkin: times that are beyond all measure are reported, and not taken", () => {
  for (const fields of [{ duration: -1e305 }, { timestamp: 1e305 }]) {
    const trace = readJson([span(fields)]).traces[0];
    assert.ok("unreadable-value" in codesOf(trace));
    assert.ok(Number.isFinite(Number(trace?.spans[0]?.endNs)));
  }
});

test("Zipkin: what a second span with one id was called by is put below the server, too", () => {
  const twice = (name: string) => span({ id: "00000000000000b1", parentId: client.id, name, ...back });
  const back = { kind: "PRODUCER", localEndpoint: { serviceName: "back" } };
  const trace = readJson([client, server, twice("x"), twice("y")]).traces[0];
  const half = trace?.spans.find((it) => it.kind === "server");
  assert.deepEqual(
    trace?.spans.filter((it) => it.kind === "producer").map((it) => it.parentSpanId),
    [half?.spanId, half?.spanId],
  );
});

test("Zipkin: a shared span whose client is missing is told", () => {
  const trace = readJson([server]).traces[0];
  assert.deepEqual(codesOf(trace), { "half-shared-span": ["48485a3953bb6124"] });
});

test("Zipkin: microseconds, 64-bit ids, tags as attributes, the error tag as status, no kind as INTERNAL", () => {
  const { traces } = readJson([
    span({
      traceId: "48485a3953bb6124",
      kind: undefined,
      tags: { error: "boom", "http.status_code": "500" },
    }),
  ]);
  const [read] = traces[0]?.spans ?? [];
  assert.equal(read?.traceId, "000000000000000048485a3953bb6124");
  assert.equal(read?.startNs, 1570523661059232000n);
  assert.equal(read?.endNs, 1570523661060232000n);
  assert.equal(read?.kind, "internal");
  assert.deepEqual(read?.status, { code: "error", message: "boom" });
  assert.equal(read?.attributes["http.status_code"], "500");
  assert.deepEqual(codesOf(traces[0]), { "padded-id": ["48485a3953bb6124"] });
});

test("Zipkin: a list of lists is several traces", () => {
  const { traces } = readJson([[client], [span({ traceId: "000000000000000000000000000000aa" })]]);
  assert.equal(traces.length, 2);
});

test("Zipkin: a span that has not ended, and one that says no service", () => {
  const { traces } = readJson([span({ duration: undefined, localEndpoint: null })]);
  assert.deepEqual(Object.keys(codesOf(traces[0])), ["missing-service", "no-end"]);
});

test("Zipkin: what exporters put among the tags becomes the resource and the scope again", () => {
  const tags = {
    "otel.scope.name": "nginx",
    "otel.library.version": "1.2",
    "host.name": "node-1",
    "http.method": "GET",
    "service.instance.id": "a",
  };
  const [one, other] =
    readJson([span({ tags }), span({ id: "00000000000000b2", tags })]).traces[0]?.spans ?? [];
  assert.deepEqual(one?.scope, { name: "nginx", version: "1.2" });
  assert.deepEqual(one?.resource, {
    "service.name": "front",
    "host.name": "node-1",
    "service.instance.id": "a",
  });
  assert.deepEqual(one?.attributes, tags);
  assert.equal(one?.resource, other?.resource);
});
