import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { readInputs } from "./input/read-inputs.ts";
import { readStreams } from "./input/read-streams.ts";
import type { Span, Trace } from "./model.ts";
import { toOtlpJson } from "./to-otlp-json.ts";

async function readBack(traces: readonly Trace[]): Promise<{ traces: Trace[]; notices: string[] }> {
  const notices: string[] = [];
  const bytes = new Blob([toOtlpJson(traces)]).stream() as ReadableStream<Uint8Array>;
  const input = { name: "what was written", bytes };
  const read = await Array.fromAsync(readStreams([input], { notice: (it) => void notices.push(it) }));
  return { traces: read, notices };
}

const span: Span = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  name: "every kind of value",
  kind: "consumer",
  startNs: 1_795_799_403_096_908_123n,
  endNs: 1_795_799_403_097_908_123n,
  status: { code: "error", message: "why" },
  attributes: {
    text: "</script>\u202e",
    whole: 3,
    large: 9_007_199_254_740_993n,
    part: 0.5,
    endless: Number.POSITIVE_INFINITY,
    yes: true,
    nothing: null,
    list: ["a", 1, [false]],
    map: { inner: { deep: "x" } },
  },
  resource: { "service.name": "made", "host.id": 1 },
  scope: { name: "maker", version: "1.2" },
  events: [{ name: "happened", timeNs: 1_795_799_403_097_000_000n, attributes: { at: 1 } }],
  links: [
    { traceId: "1af7651916cd43dd8448eb211c80319c", spanId: "c7ad6b7169203331", attributes: { a: "b" } },
  ],
};

test("a span with everything in it is read back as it was", async () => {
  const trace = { traceId: span.traceId, spans: [span] };
  assert.deepEqual(await readBack([trace]), { traces: [trace], notices: [] });
});

test("what was recorded of the mesh is read back as it was, whatever format it had", async () => {
  const files = globSync("samples/five-calls/*.{jsonl,json,binpb}", { cwd: repoRoot });
  assert.ok(files.length >= 5);
  for (const file of files) {
    const read = await Array.fromAsync(readInputs([join(repoRoot, file)], { notice: assert.fail }));
    const order = (all: Trace[]) =>
      all.map((it) => ({
        traceId: it.traceId,
        spans: it.spans.toSorted((a, b) => (a.spanId < b.spanId ? -1 : 1)),
      }));
    assert.deepEqual(order((await readBack(read)).traces), order(read), file);
  }
});
