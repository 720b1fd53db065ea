import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { makeSpan, makeTrace } from "../testing/fixtures.ts";
import type { Attributes } from "./model.ts";
import { originAttributes, originFinder, originsOf } from "./origins.ts";

const resources: Attributes[] = [
  {},
  { "service.name": "shop" },
  { "service.name": "nginx" },
  { "service.name": "shop-proxy", "mesh.proxy.direction": "inbound" },
];
const value = fc.oneof(
  fc.constantFrom("", "proxy", "kong", "inbound", "inbound|80||", "sidecar~10.1.1.1~a-b-c.default~x"),
  fc.constantFrom(1, true, null, ["proxy"], { a: 1 }),
);
const span = fc
  .record({
    resource: fc.constantFrom(...resources),
    scope: fc.constantFrom({ name: "" }, { name: "envoy" }, { name: "nginx" }),
    name: fc.constantFrom("GET", "ingress", "router shop egress", "HAProxy session"),
    kind: fc.constantFrom("server" as const, "client" as const),
    attributes: fc.dictionary(fc.constantFrom(...originAttributes), value, { maxKeys: 4 }),
  })
  .map(({ resource, ...it }) => ({ ...makeSpan({ spanId: "a", service: "", ...it }), resource }));

test("what is remembered of other spans changes nothing, whatever they say", () => {
  fc.assert(
    fc.property(fc.array(span, { maxLength: 60 }), (spans) => {
      const known = originFinder();
      for (const it of spans) {
        assert.deepEqual(known(makeTrace(it))(it), originsOf(makeTrace(it))(it));
      }
    }),
    { numRuns: 500 },
  );
});

test("more names than are remembered", () => {
  const known = originFinder();
  const [resource, scope] = [{ "service.name": "shop" }, { name: "" }];
  for (let i = 0; i < 60_000; i++) {
    const name = i % 2 === 0 ? `GET /${i}` : `router ${i} egress`;
    const it = { ...makeSpan({ spanId: "a", service: "", name, scope }), resource };
    assert.equal(known(makeTrace(it))(it).role, i % 2 === 0 ? "app" : "proxy");
  }
});
