import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { suite, test } from "node:test";
import type { Trace } from "@envoy-mesh-lab/trace";
import { readFileNow } from "@envoy-mesh-lab/trace/node";
import { recordedFolder, recordedTrace } from "@envoy-mesh-lab/trace/testing";
import { parse } from "yaml";
import { checkTrace } from "./check.ts";
import { hopsOf } from "./expect-from.ts";
import { expectedSchema } from "./expected.ts";
import { renderExpected } from "./render-expected.ts";

const written = (trace: Trace) => renderExpected("a call", hopsOf(trace));
const expectedOf = (trace: Trace) => expectedSchema.parse(parse(written(trace)));

suite("expectations from a good trace", () => {
  for (const file of readdirSync(recordedFolder).filter((it) => it.endsWith(".json"))) {
    const traces = readFileNow(`${recordedFolder}/${file}`, { notice: () => {} });
    for (const trace of traces) {
      const isWhole = trace.spans.filter((it) => it.parentSpanId === undefined).length === 1;
      if (!isWhole) continue;
      test(`${file}, ${trace.traceId}: it is as it says itself, and nothing less is`, (context) => {
        let expected: ReturnType<typeof expectedOf>;
        try {
          expected = expectedOf(trace);
        } catch (error) {
          assert.match((error as Error).message, /in pieces/);
          context.diagnostic("in pieces");
          return;
        }
        assert.deepEqual(checkTrace(trace, expected), []);
        if (trace.spans.length > 1) {
          const less = { ...trace, spans: trace.spans.slice(0, -1) };
          assert.notDeepEqual(checkTrace(less, expected), []);
        }
      });
    }
  }

  test("what differs from call to call is not in it", () => {
    const text = written(recordedTrace("whole"));
    for (const { traceId, spanId, attributes } of recordedTrace("whole").spans) {
      for (const it of [traceId, spanId, attributes["guid:x-request-id"], attributes["peer.address"]]) {
        if (typeof it === "string" && it !== "") assert.ok(!text.includes(it), it);
      }
    }
    assert.doesNotMatch(text, /\d{4,}|127\.0\.0\.1/);
  });

  test("a trace in pieces is no good one", () => {
    const { spans, ...rest } = recordedTrace("whole");
    const pieces = { ...rest, spans: spans.filter((it) => it.kind !== "client") };
    assert.throws(() => hopsOf(pieces), { name: "LabError", exitCode: 2, message: /is in pieces/ });
  });

  test("a service whose name is no plain word, and branches, are read back as they were", () => {
    const trace = recordedTrace("whole");
    const root = trace.spans.find((it) => it.parentSpanId === undefined);
    assert.ok(root !== undefined);
    const odd = (name: string, spanId: string) => ({
      ...root,
      spanId,
      parentSpanId: root.spanId,
      resource: { "service.name": name },
      attributes: {},
    });
    const spans = [
      root,
      odd('yes: "no" # {', "00000000000000a1"),
      odd("true", "00000000000000a2"),
      odd("1", "00000000000000a3"),
    ];
    const expected = expectedOf({ ...trace, spans });
    assert.deepEqual(expected.hops[0]?.children?.map(([it]) => it?.service).sort(), [
      "1",
      "true",
      'yes: "no" # {',
    ]);
    assert.deepEqual(checkTrace({ ...trace, spans }, expected), []);
  });
});
