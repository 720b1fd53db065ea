import assert from "node:assert/strict";
import { test } from "node:test";
import { isSameEdge, newestLogged, newestOf } from "./newest-trace.ts";

const id = (digit: string) => digit.repeat(32);
const entry = (trace: string, time: string, flags = "01") =>
  JSON.stringify({ trace_id: trace, time, traceparent: `00-${trace}-${"1".repeat(16)}-${flags}` });

test("the newest in an access log is the last to begin, whatever stands between the requests", () => {
  const log = [
    "[2026-11-27 13:45:08.917][22799][warning] words of Envoy's own {",
    entry(id("a"), "2026-11-27T13:45:12.117Z"),
    entry(id("b"), "2026-11-27T13:45:14.000Z"),
    entry(id("c"), "2026-11-27T13:45:13.000Z"),
    entry(id("d"), "2026-11-27T13:45:20.000Z", "00"),
    JSON.stringify({ trace_id: "-", time: "2026-11-27T13:45:21.000Z" }),
    JSON.stringify({ trace_id: id("e"), time: "soon" }),
    "null",
    entry(id("f"), "2026-11-27T13:45:22.000Z").slice(0, 60),
  ];
  assert.deepEqual(newestLogged(`${log.join("\n")}\n`), {
    traceId: id("b"),
    atMs: Date.parse("2026-11-27T13:45:14Z"),
  });
  assert.equal(newestLogged(""), undefined);
});

test("of what the edge, lab and Tempo know, the newest counts", () => {
  const [a, b] = [
    { traceId: id("a"), atMs: 1 },
    { traceId: id("b"), atMs: 2 },
  ];
  assert.equal(newestOf([a, undefined, b]), b);
  assert.equal(newestOf([b, a]), b);
  assert.equal(newestOf([undefined]), undefined);
});

test("an edge is the same however its URL is written, and another one is another", () => {
  assert.equal(isSameEdge("http://edge:8080", "http://Edge:8080/"), true);
  assert.equal(isSameEdge("http://edge:80/mesh/", "http://edge/mesh"), true);
  assert.equal(isSameEdge("http://edge:8080", "http://edge:8081"), false);
  assert.equal(isSameEdge("http://edge:8080", undefined), false);
});
