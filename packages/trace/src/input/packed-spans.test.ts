import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Trace } from "../model.ts";
import { JsonDocumentReader } from "./json-document.ts";
import { Reading } from "./reading.ts";

const notice = () => {};

/** What is read of documents from their bytes, one after the other. */
function packed(documents: unknown[]): Trace[] {
  const reading = new Reading({ notice });
  const reader = new JsonDocumentReader(reading);
  for (const it of documents) assert.ok(reader.readBytes(Buffer.from(JSON.stringify(it))));
  return [...reading.groups.takeAll()];
}

function asObjects(documents: unknown[]): Trace[] {
  const reading = new Reading({ notice });
  const reader = new JsonDocumentReader(reading);
  for (const it of documents) reader.read(it);
  return [...reading.groups.takeAll()];
}

function spanOf(i: number, more: object = {}): object {
  return {
    traceId: (1 + (i % 7)).toString(16).padStart(32, "f"),
    spanId: (i + 1).toString(16).padStart(16, "0"),
    ...(i % 3 === 0 ? {} : { parentSpanId: (0xffff_0000 + i).toString(16).padStart(16, "8") }),
    name: `span ${i % 90}`,
    kind: 1 + (i % 5),
    startTimeUnixNano: String(1_760_000_000_000_000_000n + BigInt(i)),
    endTimeUnixNano: String(1_760_000_000_999_999_999n + BigInt(i)),
    ...more,
  };
}

function documentOf(service: string, spans: object[]): object {
  const resource = { attributes: [{ key: "service.name", value: { stringValue: service } }] };
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: service }, spans }] }] };
}

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });

suite("PackedSpans", () => {
  test("give back the spans of many chunks, resources and scopes", () => {
    const documents = Array.from({ length: 3000 }, (_, i) =>
      documentOf(`s${i % 500}`, [
        spanOf(2 * i, { attributes: [text("long", "x".repeat(i % 1500)), text("short", "é\n")] }),
        spanOf(2 * i + 1, {
          attributes: [
            { key: "n", value: { intValue: String(i * 1e9) } },
            { key: "b", value: { boolValue: true } },
          ],
          status: i % 9 === 0 ? { code: 2, message: `m${i}` } : {},
          events: i % 11 === 0 ? [{ timeUnixNano: "1760000000000000000", name: "e" }] : [],
        }),
      ]),
    );
    assert.deepEqual(packed(documents), asObjects(documents));
  });

  test("hold a span that is larger than a chunk, between others", () => {
    const documents = [
      documentOf("a", [spanOf(0)]),
      documentOf("a", [
        spanOf(1, {
          attributes: [
            { key: "first", value: { arrayValue: { values: [{ intValue: "1" }, { doubleValue: 0.5 }] } } },
            ...Array.from({ length: 10_000 }, (_, i) => text(`k${i}`, `v${i}`.repeat(20))),
            text("escaped", '"\\'.repeat(400_000)),
          ],
        }),
        spanOf(2),
        spanOf(3, { attributes: [text("long", "y".repeat(3_000_000))], name: "n".repeat(100) }),
        spanOf(4),
      ]),
      documentOf("b", [spanOf(5)]),
    ];
    assert.deepEqual(packed(documents), asObjects(documents));
  });

  test("forget those of a document that turns out to be unusual at its end", () => {
    const reading = new Reading({ notice });
    const reader = new JsonDocumentReader(reading);
    const good = documentOf("a", [spanOf(0), spanOf(1, { attributes: [text("k", "v")] })]);
    const odd = documentOf("b", [...Array.from({ length: 5000 }, (_, i) => spanOf(i)), { traceId: 5 }]);
    for (const [document, isTaken] of [
      [good, true],
      [odd, false],
      [documentOf("c", [spanOf(7)]), true],
    ] as const) {
      assert.equal(reader.readBytes(Buffer.from(JSON.stringify(document))), isTaken);
    }
    assert.deepEqual([...reading.groups.takeAll()], asObjects([good, documentOf("c", [spanOf(7)])]));
  });

  test("free the memory of traces that were taken one by one", () => {
    const reading = new Reading({ notice });
    const reader = new JsonDocumentReader(reading);
    for (let i = 0; i < 4000; i++) {
      const span = spanOf(7 * i, { attributes: [text("long", "x".repeat(2000))] });
      assert.ok(reader.readBytes(Buffer.from(JSON.stringify(documentOf("a", [span])))));
      assert.equal(reading.groups.take("1".padStart(32, "f"))?.spans.length, 1);
    }
    assert.ok(reading.groups.packed.chunkCount <= 2);
  });
});
