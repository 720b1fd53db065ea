import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import type { SendResult } from "./otlp-client.ts";
import type { RefusedSpans } from "./span-delivery.ts";
import { createSpanDelivery } from "./span-delivery.ts";

const error = new Error("no");
const [again, refused]: SendResult[] = [
  { kind: "retry", error },
  { kind: "refused", error },
];
const accepted: SendResult = { kind: "accepted", rejected: 0, reason: "" };

/** A delivery to a Collector that answers as it is told. */
function start(
  answer: (names: string[]) => SendResult | undefined,
  { exportTimeoutMs = 600_000, firstPauseMs = 1 }: { exportTimeoutMs?: number; firstPauseMs?: number } = {},
) {
  const sent: string[][] = [];
  const attempts: (string | undefined)[] = [];
  const lost: RefusedSpans[] = [];
  const delivery = createSpanDelivery({
    sender: {
      send(spans) {
        sent.push(spans.map(({ name }) => name));
        return Promise.resolve(answer(sent.at(-1) ?? []) ?? accepted);
      },
      close() {},
    },
    exportTimeoutMs,
    firstPauseMs,
    onAttempt: (failure) => attempts.push(failure?.message),
    onRefused: (spans) => lost.push(spans),
  });
  const deliver = (...names: string[]) =>
    delivery.deliver(names.map((name) => ({ span: { name } as ReadableSpan, bytes: 100 })));
  return { delivery, deliver, sent, attempts, lost };
}

test("what the Collector could not take is sent again until it does", async () => {
  const answers = [again, again, again];
  const { deliver, attempts } = start(() => answers.shift());
  assert.deepEqual(await deliver("a", "b"), { exported: 2, failed: 0, tooLarge: 0 });
  assert.deepEqual(attempts, ["no", "no", "no", undefined]);
});

test("what the Collector refuses for good is not sent again", async () => {
  const { deliver, attempts } = start(() => refused);
  assert.deepEqual(await deliver("a", "b"), { exported: 0, failed: 2, tooLarge: 0 });
  assert.deepEqual(attempts, ["no"]);
});

test("the tries end with the time", async () => {
  const { deliver, sent } = start(() => again, { exportTimeoutMs: 20 });
  assert.equal((await deliver("a")).failed, 1);
  assert.ok(sent.length > 1 && sent.length < 20, `${sent.length} tries`);
});

test("a delivery that is abandoned does not wait for another try", async () => {
  const { delivery, deliver, sent } = start(() => again);
  const delivered = deliver("a");
  delivery.abandon();
  assert.equal((await delivered).failed, 1);
  assert.ok(sent.length <= 2, `${sent.length} tries`);
});

test("a batch that is too large is split down to the span that is to blame, and that one alone is lost", async () => {
  for (const blamed of ["a", "d", "g"]) {
    const { deliver, lost, attempts } = start((names) =>
      names.includes(blamed) ? { kind: "tooLarge", error: new Error("larger than max") } : undefined,
    );
    assert.deepEqual(await deliver(..."abcdefg"), { exported: 6, failed: 0, tooLarge: 1 });
    assert.deepEqual(lost, [
      { kind: "tooLarge", count: 1, name: blamed, bytes: 100, reason: "larger than max" },
    ]);
    assert.deepEqual([...new Set(attempts)], [undefined], "that is no outage");
  }
});

test("a batch that is too large only as a whole loses nothing", async () => {
  const { deliver, sent } = start((names) => (names.length > 3 ? { kind: "tooLarge", error } : undefined));
  assert.deepEqual(await deliver(..."abcdefgh"), { exported: 8, failed: 0, tooLarge: 0 });
  assert.deepEqual(sent.filter(({ length }) => length <= 3).flat(), [..."abcdefgh"]);
});

test("spans of a batch that the Collector took but did not keep are lost, and told", async () => {
  const { deliver, lost } = start(() => ({ kind: "accepted", rejected: 2, reason: "no room" }));
  assert.deepEqual(await deliver("a", "b", "c"), { exported: 1, failed: 2, tooLarge: 0 });
  assert.deepEqual(lost, [{ kind: "rejected", count: 2, name: "a", bytes: 300, reason: "no room" }]);
});

test("when one batch has got through, those that pause are sent at once", { timeout: 10_000 }, async () => {
  let isAway = true;
  const { deliver, sent } = start(() => (isAway ? again : undefined), { firstPauseMs: 60_000 });
  const others = Array.from({ length: 3 }, (_, i) => deliver(`waits ${i}`));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(sent.length, 3);
  isAway = false;
  await deliver("new");
  assert.deepEqual(await Promise.all(others), Array(3).fill({ exported: 1, failed: 0, tooLarge: 0 }));
});
