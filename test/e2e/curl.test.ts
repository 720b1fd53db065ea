import assert from "node:assert/strict";
import { test } from "node:test";
import { checkTrace } from "@envoy-mesh-lab/check";
import { edgeUrl, expected, traceOf } from "./mesh.ts";

const getDrink = `${edgeUrl}/cafe.v1.CafeService/GetDrink?connect=v1&encoding=json&message=${encodeURIComponent('{"name":"espresso"}')}`;

test("a plain GET asks for a drink over HTTP/1.1, and its trace is whole", async () => {
  const response = await fetch(getDrink);
  assert.equal(response.status, 200);
  const body = (await response.json()) as { drink: { name: string } };
  assert.equal(body.drink.name, "espresso");
  const traceId = response.headers.get("x-trace-id") ?? "";
  assert.deepEqual(checkTrace(await traceOf({ traceId }), expected), []);
});

test("a plain JSON POST orders a drink", async () => {
  const response = await fetch(`${edgeUrl}/cafe.v1.CafeService/OrderDrink`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "espresso" }),
  });
  assert.equal(response.status, 200);
  const traceId = response.headers.get("x-trace-id") ?? "";
  const trace = await traceOf({ traceId });
  assert.deepEqual(checkTrace(trace, expected), []);
  assert.equal(
    trace.spans.find((it) => it.parentSpanId === undefined)?.name,
    "POST /cafe.v1.CafeService/OrderDrink",
  );
});

test("span names leave the query string out", async () => {
  const response = await fetch(getDrink);
  const trace = await traceOf({ traceId: response.headers.get("x-trace-id") ?? "" });
  const names = trace.spans.map((it) => it.name);
  assert.ok(names.includes("GET /cafe.v1.CafeService/GetDrink"), names.join("\n"));
  assert.deepEqual(
    names.filter((it) => it.includes("?")),
    [],
  );
});

test("an unknown path is answered in words, with a trace id", async () => {
  const response = await fetch(`${edgeUrl}/nothing`);
  assert.equal(response.status, 404);
  assert.match(await response.text(), /cafe\.v1\.CafeService/);
  assert.match(response.headers.get("x-trace-id") ?? "", /^[0-9a-f]{32}$/);
});

test("health checks make no trace", async () => {
  const response = await fetch(`${edgeUrl}/readyz`);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("x-trace-id"), null);
});
