import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { balance, imbalances } from "./balance.ts";
import type { Ledger } from "./ledger.ts";

const before: Ledger = {
  services: { gateway: { ended: 100, exported: 98, failed: 1, dropped: 1, tooLarge: 1, queued: 0 } },
  envoys: { edge: { sent: 200, dropped: 2, exportsFailed: 1 } },
  collector: {
    accepted: 298,
    refused: 5,
    failed: 0,
    sent: 298,
    sendFailed: 0,
    leftOut: 0,
    tailSampled: 0,
    queueSize: 0,
  },
  tempo: { received: 298, dropped: { trace_too_large: 1 }, refused: 0, unwritten: 0 },
};
const after: Ledger = {
  services: { gateway: { ended: 131, exported: 127, failed: 2, dropped: 1, tooLarge: 2, queued: 0 } },
  envoys: { edge: { sent: 260, dropped: 2, exportsFailed: 1 } },
  collector: {
    accepted: 397,
    refused: 12,
    failed: 3,
    sent: 397,
    sendFailed: 0,
    leftOut: 0,
    tailSampled: 0,
    queueSize: 0,
  },
  tempo: {
    received: 400,
    dropped: { trace_too_large: 3, live_traces_exceeded: 1 },
    refused: 0,
    unwritten: 0,
  },
};

suite("the balance of two readings", () => {
  test("is what was counted in between", () => {
    const { senders, collector, tempo } = balance(before, after, () => true);
    assert.deepEqual(
      senders.map((it) => [it.sender, it.isSame, it.ended, it.exported, it.dropped, it.failed, it.tooLarge]),
      [
        ["gateway", true, 31, 29, 0, 1, 1],
        ["edge", true, 60, 60, 0, 0, 0],
      ],
    );
    assert.deepEqual(collector, { accepted: 99, refused: 10, sent: 99, sendFailed: 0, queued: 0 });
    assert.deepEqual(tempo, { received: 102, dropped: 3 });
  });

  test("of another process is all that it has counted, and its old counts are reported as gone", () => {
    const reborn = {
      ...after,
      services: { gateway: { ended: 7, exported: 7, failed: 0, dropped: 0, tooLarge: 0, queued: 0 } },
    };
    const [gateway] = balance(before, reborn, (part) => part !== "gateway").senders;
    assert.deepEqual([gateway?.isSame, gateway?.ended], [false, 7]);
  });

  test("leaves out who is another process now or does not answer, where only both readings say something", () => {
    const { collector, tempo } = balance(
      before,
      { ...after, tempo: undefined },
      (it) => it !== "otel-collector",
    );
    assert.deepEqual([collector, tempo], [undefined, undefined]);
  });
});

suite("the books", () => {
  const whole = { ...balance(before, after, () => true), tempo: { received: 102, dropped: 0 } };
  const [gateway, edge] = whole.senders;
  const { collector } = whole;
  assert.ok(gateway && edge && collector);

  test("add up, with spans that were sent again", () => {
    assert.deepEqual(imbalances(whole), []);
  });

  const broken = {
    "a service that lost count": { ...whole, senders: [{ ...gateway, exported: 28 }, edge] },
    "a service that holds spans": { ...whole, senders: [{ ...gateway, ended: 32, queued: 1 }, edge] },
    "a Collector that took less than it was given": {
      ...whole,
      collector: { ...collector, accepted: 80, sent: 80 },
    },
    "a Collector that sent less than it took": { ...whole, collector: { ...collector, sent: 98 } },
    "a Collector that holds bytes": { ...whole, collector: { ...collector, queued: 1 } },
    "a Tempo that received less than was sent": { ...whole, tempo: { received: 98, dropped: 0 } },
    "a Tempo that dropped some of it": { ...whole, tempo: { received: 102, dropped: 1 } },
  };
  for (const [name, it] of Object.entries(broken)) {
    test(`do not add up with ${name}`, () =>
      assert.equal(imbalances(it).length, 1, imbalances(it).join("; ")));
  }

  test("may lack so many spans as are lost, and no more", () => {
    const lossy = { ...whole, collector: { ...collector, sent: 97 } };
    assert.deepEqual(imbalances(lossy, 2), []);
    assert.equal(imbalances(lossy, 1).length, 1);
  });

  test("leave open what an Envoy's failed export has become of", () => {
    const doubtful = { ...whole, senders: [gateway, { ...edge, exportsFailed: 1 }] };
    assert.deepEqual(
      imbalances({
        ...doubtful,
        collector: { accepted: 80, refused: 0, sent: 80, sendFailed: 0, queued: 0 },
      }),
      [],
    );
  });
});
