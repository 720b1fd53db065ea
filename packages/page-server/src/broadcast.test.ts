import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Broadcast } from "./broadcast.ts";

suite("a broadcast", () => {
  test("tells the newest at once, and what follows to all", async () => {
    const broadcast = new Broadcast<number>();
    broadcast.publish(1);
    broadcast.publish(2);
    const end = new AbortController();
    const [a, b] = [broadcast.watch(end.signal), broadcast.watch(end.signal)];
    assert.deepEqual([(await a.next()).value, (await b.next()).value], [2, 2]);
    const [next, other] = [a.next(), b.next()];
    assert.equal(broadcast.watchers, 2);
    broadcast.publish(3);
    assert.deepEqual([(await next).value, (await other).value], [3, 3]);
    const last = [a.next(), b.next()];
    end.abort();
    for (const it of await Promise.all(last)) assert.equal(it.done, true);
    assert.equal(broadcast.watchers, 0);
  });

  test("who is slow misses what is old", async () => {
    const broadcast = new Broadcast<number>();
    const watch = broadcast.watch(AbortSignal.timeout(10_000));
    const first = watch.next();
    for (let i = 0; i < 1_000; i++) broadcast.publish(i);
    assert.equal((await first).value, 999);
    const next = watch.next();
    broadcast.publish(1_000);
    assert.equal((await next).value, 1_000);
    await watch.return(undefined);
  });
});
