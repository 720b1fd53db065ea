import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import fc from "fast-check";
import type { Trace } from "../model.ts";
import { JsonDocumentReader } from "./json-document.ts";
import { Reading } from "./reading.ts";

const keep = new Set([
  "http.request.method",
  "url.path",
  "size",
  "list",
  "flag",
  "otel.scope.name",
  "odd key",
]);

/** What the quick way makes of a document; undefined when it leaves it to the thorough one. */
function quickly(text: string, keys: Set<string> | undefined = keep): Trace[] | undefined {
  const reading = new Reading({ keep: keys, notice: () => {} });
  return new JsonDocumentReader(reading, "jaeger").readBytes(Buffer.from(text))
    ? [...reading.groups.takeAll()]
    : undefined;
}

function thoroughly(text: string, keys: Set<string> | undefined = keep): Trace[] {
  const reading = new Reading({ keep: keys, notice: () => {} });
  new JsonDocumentReader(reading, "jaeger").read(JSON.parse(text));
  return [...reading.groups.takeAll()];
}

const traceID = "5b8efff798038103d269b633813fc60c";
const otherID = "5b8efff798038103d269b633813fc60d";

/** A document as Jaeger writes it, with a tag of every kind. */
const usual = JSON.stringify({
  data: [
    {
      traceID,
      spans: [
        {
          traceID,
          spanID: "eee19b7ec3c1b174",
          flags: 1,
          operationName: "GET /straße",
          references: [],
          startTime: 1760000000000001,
          duration: 1999999,
          tags: [
            { key: "otel.scope.name", type: "string", value: "io.example" },
            { key: "http.request.method", type: "string", value: "GET" },
            { key: "left out", type: "float64", value: -1.5e-7 },
            { key: "url.path", type: "string", value: 'a "b"\\\n\u2028 c' },
            { key: "size", type: "int64", value: -12 },
            { key: "flag", type: "bool", value: false },
            { key: "__proto__", type: "string", value: "x" },
            { key: "span.kind", type: "string", value: "server" },
            { key: "error", type: "bool", value: true },
            { key: "otel.status_description", type: "string", value: "no" },
          ],
          logs: [
            { timestamp: 1760000000000002, fields: [{ key: "event", type: "string", value: "e" }] },
            { timestamp: 1760000000000003, fields: [{ key: "message", type: "string", value: "m" }] },
          ],
          processID: "p1",
          warnings: null,
        },
        {
          traceID,
          spanID: "eee19b7ec3c1b176",
          operationName: "x",
          references: [{ refType: "CHILD_OF", traceID, spanID: "eee19b7ec3c1b174" }],
          startTime: 1760000000999999,
          duration: 0,
          tags: [],
          logs: [],
          processID: "p2",
          warnings: null,
        },
        {
          traceID,
          spanID: "eee19b7ec3c1b177",
          operationName: "y",
          references: [
            { refType: "FOLLOWS_FROM", traceID, spanID: "eee19b7ec3c1b176" },
            { refType: "CHILD_OF", traceID: otherID, spanID: "eee19b7ec3c1b175" },
          ],
          startTime: 8999999999999999,
          duration: 999999999999,
          tags: [{ key: "span.kind", type: "string", value: "client" }],
          logs: null,
          processID: "none",
          warnings: null,
        },
      ],
      processes: {
        p1: { serviceName: "café", tags: [{ key: "hostname", type: "string", value: "h1" }] },
        p2: { serviceName: "back", tags: [{ key: "otel.library.name", type: "string", value: "lib" }] },
      },
      warnings: null,
    },
    { traceID: otherID, spans: [], processes: {}, warnings: null },
  ],
  total: 0,
  limit: 0,
  offset: 0,
  errors: null,
});

suite("JaegerBytesReader", () => {
  test("takes what Jaeger writes, and reads what JaegerReader reads", () => {
    for (const keys of [keep, undefined]) {
      assert.deepEqual(quickly(usual, keys), thoroughly(usual, keys));
      const indented = `\n ${JSON.stringify(JSON.parse(usual), undefined, 2)}\r\n`;
      assert.deepEqual(quickly(indented, keys), thoroughly(usual, keys));
    }
  });

  test("reads the corpus as JaegerReader does", () => {
    const corpus = new URL("../../../../samples/", import.meta.url).pathname;
    let taken = 0;
    for (const file of readdirSync(corpus, { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".json")) continue;
      const text = readFileSync(join(corpus, file), "utf8");
      const quick = quickly(text);
      if (quick === undefined) continue;
      taken++;
      assert.deepEqual(quick, thoroughly(text), file);
    }
    assert.ok(taken > 0, "no document was taken");
  });

  test("takes nothing of a document that is written in another way", () => {
    for (const [from, to] of [
      ['"spanID":"eee19b7ec3c1b174"', '"spanID":"EEE19B7EC3C1B174"'],
      ['"spanID":"eee19b7ec3c1b174"', '"spanID":"e19b7ec3c1b174"'],
      ['"spanID":"eee19b7ec3c1b174"', '"spanID":"0000000000000000"'],
      ['"startTime":1760000000000001', '"startTime":"1760000000000001"'],
      ['"startTime":1760000000000001', '"startTime":1760000000'],
      ['"startTime":1760000000000001', '"startTime":1760000000000001.5'],
      ['"startTime":1760000000000001', '"startTime":1760000000000001e1'],
      ['"startTime":1760000000000001', '"startTime":9760000000000001'],
      ['"duration":0', '"duration":null'],
      ['"duration":0', '"duration":-1'],
      ['"duration":0', '"duration":00'],
      ['"operationName":"x"', '"operationName":"x","operationName":"y"'],
      ['"operationName":"x"', '"operationName":7'],
      ['"operationName":"x"', '"parentSpanID":"eee19b7ec3c1b174"'],
      ['"warnings":null', '"warnings":["late"]'],
      ['"value":-12', '"value":{}'],
      ['"type":"int64","value":-12', '"type":"int64","value":"-12"'],
      ['"type":"float64"', '"key":"size"'],
      ['"key":"size"', '"key":"si\\u007ae"'],
      ['"key":"size"', '"key":7'],
      ['"flags":1', '"flags":01'],
      ['"flags":1', '"flags":tru'],
      ['"logs":[{', '"logs":[5,{'],
      ['"total":0', '"batches":[]'],
      ['"GET /straße"', '"GET \u0001"'],
    ] as const) {
      const text = usual.replace(from, to);
      assert.notEqual(text, usual, from);
      // What stays of a log that is no object is nothing, in both ways.
      if (to === '"logs":[5,{') assert.deepEqual(quickly(text), thoroughly(text));
      else assert.equal(quickly(text), undefined, to);
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
    let taken = 0;
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 2 }), (all) => {
        let text = usual;
        for (const { at, gone, put } of all) text = text.slice(0, at) + put + text.slice(at + gone);
        const quick = quickly(text);
        if (quick === undefined) return;
        taken++;
        assert.deepEqual(quick, thoroughly(text));
      }),
      { numRuns: 1000, seed: 20_261_128 },
    );
    assert.ok(taken > 20, `only ${taken} were taken`);
  });
});
