import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { TraceLine } from "@envoy-mesh-lab/check";
import { mostListed, withTraces } from "./trace-list.ts";

function line(id: number, startNs = id, spans = 11): TraceLine {
  const traceId = id.toString(16).padStart(32, "0");
  return {
    traceId,
    startNs: BigInt(startNs),
    durationNs: 1n,
    rpc: "r",
    status: "ok",
    findings: [],
    spans,
    services: [],
  };
}
const ids = (list: readonly TraceLine[]) => list.map((it) => Number.parseInt(it.traceId, 16));

suite("the list of traces", () => {
  test("is in order of the beginnings, the newest first, whatever order they come in", () => {
    const list = [[line(2), line(4)], [line(3)], [line(5), line(1)]].reduce(
      withTraces,
      [] as readonly TraceLine[],
    );
    assert.deepEqual(ids(list), [5, 4, 3, 2, 1]);
  });

  test("a trace that has grown takes the place of what it was", () => {
    const list = withTraces(withTraces([], [line(1), line(2, 2, 5)]), [line(2, 2, 11)]);
    assert.deepEqual(ids(list), [2, 1]);
    assert.equal(list[0]?.spans, 11);
    const earlier = withTraces(list, [line(2, 0, 12)]);
    assert.deepEqual(ids(earlier), [1, 2], "its first span may come last");
  });

  test("the same trace twice in one answer is reported once, as it was last", () => {
    assert.deepEqual(
      withTraces([], [line(1, 1, 5), line(1, 1, 11)]).map((it) => it.spans),
      [11],
    );
  });

  test("forgets the oldest, so that it never grows beyond its bound", () => {
    let list: readonly TraceLine[] = [];
    for (let i = 0; i < mostListed + 500; i += 50) {
      list = withTraces(
        list,
        Array.from({ length: 50 }, (_, k) => line(i + k)),
      );
    }
    assert.equal(list.length, mostListed);
    assert.equal(ids(list)[0], mostListed + 499);
  });
});
