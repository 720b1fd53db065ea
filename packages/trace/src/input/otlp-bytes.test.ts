import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import fc from "fast-check";
import type { Trace } from "../model.ts";
import { JsonDocumentReader } from "./json-document.ts";
import { Reading } from "./reading.ts";

const keep = new Set(["http.request.method", "url.path", "response_flags", "list", "size", "odd key"]);

/** What the quick way makes of a document; undefined when it leaves it to the thorough one. */
function quickly(text: string, keys = keep): Trace[] | undefined {
  const reading = new Reading({ keep: keys, notice: () => {} });
  return new JsonDocumentReader(reading).readBytes(Buffer.from(text))
    ? [...reading.groups.takeAll()]
    : undefined;
}

function thoroughly(text: string, keys = keep): Trace[] {
  const reading = new Reading({ keep: keys, notice: () => {} });
  new JsonDocumentReader(reading).read(JSON.parse(text));
  return [...reading.groups.takeAll()];
}

/** A document as exporters write it, with a value of every kind. */
const usual = JSON.stringify({
  resourceSpans: [
    {
      resource: {
        attributes: [{ key: "service.name", value: { stringValue: "café" } }],
        droppedAttributesCount: 0,
      },
      scopeSpans: [
        {
          scope: { name: "io.example", version: "1.0" },
          spans: [
            {
              traceId: "5b8efff798038103d269b633813fc60c",
              spanId: "eee19b7ec3c1b174",
              parentSpanId: "",
              flags: 257,
              name: "GET /straße",
              kind: 2,
              startTimeUnixNano: "1760000000000000001",
              endTimeUnixNano: "1760000001999999999",
              attributes: [
                { key: "http.request.method", value: { stringValue: "GET" } },
                {
                  key: "left out",
                  value: { arrayValue: { values: [{ doubleValue: -1.5e-7 }, { boolValue: true }, null] } },
                },
                { key: "url.path", value: { stringValue: 'a "b"\\\n\u2028 c' } },
                { key: "size", value: { intValue: "-12" } },
                { key: "list", value: { arrayValue: { values: [{ intValue: "9007199254740993" }] } } },
              ],
              events: [{ timeUnixNano: "1760000000000000002", name: "e", attributes: [] }],
              links: [{ traceId: "5b8efff798038103d269b633813fc60d", spanId: "eee19b7ec3c1b175" }],
              status: { code: 2, message: "no" },
            },
            {
              traceId: "5b8efff798038103d269b633813fc60c",
              spanId: "eee19b7ec3c1b176",
              parentSpanId: "eee19b7ec3c1b174",
              name: "x",
              kind: "SPAN_KIND_CLIENT",
              startTimeUnixNano: "9999999999999999999",
              endTimeUnixNano: "1000000000000000000",
              attributes: [],
              status: {},
            },
          ],
        },
      ],
    },
  ],
});

suite("OtlpBytesReader", () => {
  test("takes what exporters write, and reads what OtlpJsonReader reads", () => {
    assert.ok(quickly(usual));
    assert.deepEqual(quickly(usual), thoroughly(usual));
    assert.deepEqual(quickly(`\n ${JSON.stringify(JSON.parse(usual), undefined, 2)}\r\n`), thoroughly(usual));
  });

  test("reads the corpus as OtlpJsonReader does", () => {
    const corpus = new URL("../../../../samples/corpus/", import.meta.url).pathname;
    let taken = 0;
    for (const file of readdirSync(corpus, { recursive: true, encoding: "utf8" })) {
      if (!/trace\.jsonl?$/.test(file)) continue;
      for (const line of readFileSync(join(corpus, file), "utf8").split(/\n(?=\{)/)) {
        const quick = quickly(line);
        if (quick === undefined) continue;
        taken++;
        assert.deepEqual(quick, thoroughly(line), file);
      }
    }
    assert.ok(taken > 50, `only ${taken} documents were taken`);
  });

  test("takes nothing of a document that is written in another way", () => {
    for (const [from, to] of [
      ['"spanId":"eee19b7ec3c1b174"', '"span_id":"eee19b7ec3c1b174"'],
      ['"spanId":"eee19b7ec3c1b174"', '"spanId":"EEE19B7EC3C1B174"'],
      ['"spanId":"eee19b7ec3c1b174"', '"spanId":"0000000000000000"'],
      ['"startTimeUnixNano":"1760000000000000001"', '"startTimeUnixNano":1760000000000000001'],
      ['"startTimeUnixNano":"1760000000000000001"', '"startTimeUnixNano":"1760000000"'],
      ['"name":"x"', '"name":"x","name":"y"'],
      ['"status":{}', '"status":"ERROR"'],
      ['"kind":2', '"kind":2.5'],
      ['"key":"size"', '"key":7'],
      ['"intValue":"-12"', '"intValue":"many"'],
      ['"flags":257', '"flags":0257'],
      ['"flags":257', '"flags":tru'],
      ['"GET /straße"', '"GET \u0001"'],
      ['"GET /straße"', '"GET \\x"'],
      ['"events":[', '"events":[5,'],
    ] as const) {
      const text = usual.replace(from, to);
      assert.notEqual(text, usual);
      assert.equal(quickly(text), undefined, to);
    }
    for (let end = 0; end < usual.length; end += 7) assert.equal(quickly(usual.slice(0, end)), undefined);
  });

  test("whatever is done to a document, is right or is left to the thorough way", () => {
    const anyByte = fc.constantFrom(...'"\\{}[],:0123456789abcf nulltre-+.eE\n\t\u0000ä');
    const damage = fc.record({
      at: fc.nat(usual.length - 1),
      gone: fc.nat(12),
      put: fc.array(anyByte, { maxLength: 4 }).map((it) => it.join("")),
    });
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (all) => {
        let text = usual;
        for (const { at, gone, put } of all) text = text.slice(0, at) + put + text.slice(at + gone);
        const quick = quickly(text);
        if (quick !== undefined) assert.deepEqual(quick, thoroughly(text));
      }),
      { numRuns: 3000 },
    );
  });

  test("knows many texts, keys and resources, also more than it remembers", () => {
    const spans = Array.from({ length: 60_000 }, (_, i) => ({
      traceId: "5b8efff798038103d269b633813fc60c",
      spanId: (i + 1).toString(16).padStart(16, "0"),
      name: `n${i}`,
      kind: 1,
      startTimeUnixNano: "1760000000000000001",
      endTimeUnixNano: "1760000000000000002",
      attributes: [{ key: `k${i % 30}`, value: { stringValue: `v${i * 7}` } }],
    }));
    const text = JSON.stringify({ resourceSpans: [{ resource: {}, scopeSpans: [{ scope: {}, spans }] }] });
    const keys = new Set(["k1", "k2", "k29"]);
    assert.deepEqual(quickly(text, keys), thoroughly(text, keys));
  });
});
