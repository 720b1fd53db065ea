import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { parseLines } from "./logs.ts";
import type { Received } from "./received.ts";
import { gradeReceived, receivedCheck, requestsOf } from "./received.ts";

const check = receivedCheck.parse({
  kind: "received",
  name: "what others get",
  part: "loyalty",
  traffic: {},
  headers: { Baggage: { absent: true } },
  hidden: ["blue"],
});
const [id, other] = ["a".repeat(32), "b".repeat(32)];
const traceparent = `00-${id}-00f067aa0ba902b7-01`;

const grade = (...requests: Received[]) => gradeReceived(check, requests, [id]);
const faultsOf = (...requests: Received[]) => grade(...requests).flatMap((it) => it.faults);

suite("what a part outside received", () => {
  test("is as expected", () => {
    const items = grade({ traceparent, accept: "*/*" });
    assert.equal(items.length, 3);
    assert.ok(items.every((it) => it.ok));
  });

  test("has a header too many, whatever the case of its name where that is asked for", () => {
    assert.deepEqual(faultsOf({ traceparent, baggage: "guest.name=Ada" }), [
      { code: "received.header", edge: "loyalty baggage" },
    ]);
  });

  test("holds what should have stayed inside, under any name", () => {
    const request = { traceparent, "x-shop": "blue-17" };
    assert.deepEqual(faultsOf(request), [{ code: "received.leak", edge: "loyalty" }]);
    assert.match(grade(request).find((it) => !it.ok)?.seen ?? "", /^x-shop: blue-17, in 1 of 1 requests$/);
  });

  test("is every request of a call, not only the first", () => {
    const [, header] = grade({ traceparent }, { traceparent, baggage: "a=b" });
    assert.match(header?.seen ?? "", /^"a=b", in 1 of 2 requests$/);
  });

  test("is nothing that others sent", () => {
    const foreign = { traceparent: traceparent.replace(id, other), baggage: "tenant.id=blue" };
    assert.deepEqual(faultsOf({ traceparent }, foreign), []);
  });

  test("is nothing at all: what is absent from no request is not as expected", () => {
    for (const requests of [[], [{ accept: "*/*" }], [{ traceparent: "none" }]]) {
      const items = grade(...requests);
      assert.equal(items.length, 1);
      assert.deepEqual(items[0]?.faults, [{ code: "received.none", edge: "loyalty" }]);
    }
    assert.equal(
      gradeReceived(check, [{ traceparent }], []).every((it) => it.ok),
      false,
    );
  });
});

test("requests are the lines with headers", () => {
  const text =
    '{"msg":"up"}\nserving\n{"msg":"received","headers":{"accept":"*/*"}}\n{"headers":["accept"]}\n';
  assert.deepEqual(requestsOf(parseLines(text)), [{ accept: "*/*" }]);
});
