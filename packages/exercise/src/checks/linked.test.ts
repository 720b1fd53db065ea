import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Trace } from "@envoy-mesh-lab/trace";
import { drawnTrace } from "@envoy-mesh-lab/trace/testing";
import { gradeLinked, placeOf } from "./linked.ts";

const check = { name: "receipts", to: { service: "gateway", kind: "producer" as const } };
const calls = ["a", "b"].map((it) => order(it));
const targets = new Set(calls.flatMap((it) => placeOf(senderOf(it))));

/** An order that sends a message, in a trace of its own. */
function order(digit: string): Trace {
  return drawnTrace("gateway SERVER 0-9\n  gateway PRODUCER 4-5", digit.repeat(32));
}

function senderOf({ spans }: Trace) {
  const sender = spans.find(({ kind }) => kind === "producer");
  assert.ok(sender);
  return sender;
}

/** A batch with links to these spans. */
function batch(digit: string, ...linked: { traceId: string; spanId: string }[]): Trace {
  const trace = drawnTrace("backend CONSUMER 20-30", digit.repeat(32));
  const links = linked.map(({ traceId, spanId }) => ({ traceId, spanId, attributes: {} }));
  return { ...trace, spans: trace.spans.map((it) => ({ ...it, links })) };
}

const codesOf = (...work: Trace[]) =>
  gradeLinked(check, calls, work, targets).flatMap(({ faults }) => faults.map(({ code }) => code));

suite("work that is done later, for several calls at a time", () => {
  const [first, second] = calls.map(senderOf);
  assert.ok(first && second);

  test("is right with a link to each, in one batch or in two", () => {
    assert.deepEqual(codesOf(batch("c", first, second)), []);
    assert.deepEqual(codesOf(batch("c", first), batch("d", second)), []);
  });

  test("and without one to a call, it is missing there, and the trace of that call is named", () => {
    assert.deepEqual(codesOf(), ["link.missing"]);
    assert.deepEqual(codesOf(batch("c", first)), ["link.missing"]);
    const [item] = gradeLinked(check, calls, [batch("c", first)], targets);
    assert.equal(item?.seen, "1 of 2 are linked to by nothing");
    assert.deepEqual(item?.traceIds, ["b".repeat(32)]);
  });

  test("and with a link from two traces, it is done twice, or the links are of another batch", () => {
    assert.deepEqual(codesOf(batch("c", first, second), batch("d", first)), ["link.repeated"]);
  });

  test("and below a call it has no trace of its own, whoever's call it is", () => {
    const links = [first, second].map(({ traceId, spanId }) => ({ traceId, spanId, attributes: {} }));
    const below = (drawing: string) => {
      const trace = drawnTrace(drawing, "c".repeat(32));
      return { ...trace, spans: trace.spans.map((it) => (it.kind === "consumer" ? { ...it, links } : it)) };
    };
    assert.deepEqual(codesOf(below("backend INTERNAL 0-9\n  backend CONSUMER 2-3")), []);
    assert.deepEqual(codesOf(below("backend SERVER 0-9\n  backend CONSUMER 20-30")), ["link.nested"]);
    assert.deepEqual(codesOf(below("gateway CLIENT 0-9\n  backend CONSUMER 20-30")), ["link.nested"]);
  });

  test("and a link to another span of the call is strange, as one to a span that is nowhere", () => {
    const handler = calls[0]?.spans.find(({ kind }) => kind === "server");
    assert.ok(handler);
    assert.deepEqual(codesOf(batch("c", handler, second)), ["link.missing", "link.strange"]);
    const nowhere = { traceId: "e".repeat(32), spanId: "e".repeat(16) };
    assert.deepEqual(codesOf(batch("c", first, second, nowhere)), ["link.strange"]);
  });
});
