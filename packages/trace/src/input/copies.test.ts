import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { drawnTrace } from "../../testing/drawn-trace.ts";
import { makeSpan } from "../../testing/fixtures.ts";
import type { Span } from "../model.ts";
import type { QuirkNotes } from "./quirks.ts";
import { settleSpans } from "./settle-spans.ts";

function settled(...spans: Span[]): { spans: Span[]; codes: string[] } {
  const notes: QuirkNotes = new Map();
  return { spans: settleSpans(spans, new Set(), notes), codes: [...notes.keys()].sort() };
}

const call = () =>
  drawnTrace(`
    shop SERVER 0-30
      shop CLIENT 5-25
        stock SERVER 6-24
  `).spans;

suite("copies of a span", () => {
  test("sent through two Collectors, of which one adds attributes, count once", () => {
    const added = call().map((it) => ({
      ...it,
      resource: { ...it.resource, "k8s.pod.name": `${it.resource["service.name"]}-1` },
      attributes: { added: true },
    }));
    for (const all of [
      [...call(), ...added],
      [...added, ...call()],
    ]) {
      const { spans, codes } = settled(...all);
      assert.deepEqual(
        spans.map((it) => [it.spanId, it.resource["k8s.pod.name"], it.attributes.added]),
        [
          ["1", "shop-1", true],
          ["2", "shop-1", true],
          ["3", "stock-1", true],
        ],
      );
      assert.deepEqual(codes, ["copied-span"]);
    }
  });

  test("one written before it had ended gets the end of the whole one", () => {
    const [whole] = call() as [Span];
    const { spans, codes } = settled({ ...whole, endNs: whole.startNs }, whole);
    assert.deepEqual(
      spans.map((it) => it.endNs - it.startNs),
      [30_000_000n],
    );
    assert.deepEqual(codes, ["copied-span"]);
  });

  test("an error that one copy tells is kept", () => {
    const [plain] = call() as [Span];
    const { spans } = settled(plain, { ...plain, status: { code: "error", message: "no" } });
    assert.deepEqual(
      spans.map((it) => it.status),
      [{ code: "error", message: "no" }],
    );
  });

  test("another span with the id, of another moment, is no copy", () => {
    const span = makeSpan({
      spanId: "1",
      startNs: 1_700_000_000_000_000_000n,
      endNs: 1_700_000_000_005_000_000n,
    });
    const later = { ...span, startNs: span.startNs + 1000n, endNs: span.endNs + 1000n };
    const { spans, codes } = settled(span, later);
    assert.equal(spans.length, 2);
    assert.deepEqual(codes, ["conflicting-span"]);
  });
});
