import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { drawnTrace } from "../../testing/drawn-trace.ts";
import type { QuirkNotes } from "./quirks.ts";
import { settleSpans } from "./settle-spans.ts";

function kindsOf(drawing: string): string[] {
  const notes: QuirkNotes = new Map();
  return settleSpans(drawnTrace(drawing).spans, new Set(), notes).map((it) => it.kind);
}

suite("spans without a kind", () => {
  test("two of two services are a call, as Thrift's are for Jaeger's C++ library", () => {
    const kinds = kindsOf(`
      shop UNSPECIFIED 0-30
        shop UNSPECIFIED 5-25
          stock UNSPECIFIED 6-24
            stock UNSPECIFIED 7-20
    `);
    assert.deepEqual(kinds, ["unspecified", "client", "server", "unspecified"]);
  });

  test("one with another service above and below may be a proxy, and stays as it is", () => {
    const kinds = kindsOf(`
      shop UNSPECIFIED 0-30
        shop UNSPECIFIED 5-25
          mesh UNSPECIFIED 6-24
            stock UNSPECIFIED 7-20
    `);
    assert.deepEqual(kinds, ["unspecified", "client", "unspecified", "unspecified"]);
  });

  test("a step with several calls and no CLIENT spans is no call", () => {
    const kinds = kindsOf(`
      shop UNSPECIFIED 0-30
        shop UNSPECIFIED 5-25
          stock UNSPECIFIED 6-10
          price UNSPECIFIED 11-24
    `);
    assert.deepEqual(kinds, ["unspecified", "unspecified", "unspecified", "unspecified"]);
  });

  test("what goes on when its parent has ended was not waited for, and is no call", () => {
    const kinds = kindsOf(`
      shop UNSPECIFIED 0-30
        shop UNSPECIFIED 5-6
          stock UNSPECIFIED 10-11
    `);
    assert.deepEqual(kinds, ["unspecified", "unspecified", "unspecified"]);
  });

  test("a span that says its kind keeps it", () => {
    const kinds = kindsOf(`
      shop SERVER 0-30
        shop INTERNAL 5-25
          stock SERVER 6-24
    `);
    assert.deepEqual(kinds, ["server", "internal", "server"]);
  });
});
