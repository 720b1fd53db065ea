import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ComingTraces, tracesIn } from "./coming-traces.ts";

suite("traces that will come", () => {
  test("are told to all who listen, until they leave", () => {
    const coming = new ComingTraces();
    const [one, other] = [new AbortController(), new AbortController()];
    const told: string[] = [];
    coming.listen((it) => told.push(`one ${it}`), one.signal);
    coming.listen((it) => told.push(`other ${it}`), other.signal);
    coming.announce("a");
    one.abort();
    coming.announce("b");
    coming.listen((it) => told.push(`late ${it}`), one.signal);
    coming.announce("c");
    assert.deepEqual(told, ["one a", "other a", "other b", "other c"]);
  });

  test("are read from an export, each once, and bounded", () => {
    const id = (i: number) => i.toString(16).padStart(32, "0");
    const spans = (ids: string[]) => JSON.stringify(ids.map((it) => ({ traceId: it, name: "x" })));
    assert.deepEqual(tracesIn(spans([id(1), id(1), id(2)])), [id(1), id(2)]);
    assert.deepEqual(tracesIn(spans(["../../admin", id(3).toUpperCase().replace("3", "F"), ""])), []);
    assert.equal(tracesIn(spans(Array.from({ length: 1_000 }, (_, i) => id(i)))).length, 50);
  });
});
