import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { samples } from "../../testing/places.ts";
import { normal, readBytes } from "../../testing/read-bytes.ts";
import type { Span, Trace } from "../model.ts";
import { durationNs } from "../model.ts";
import { originsOf } from "../origins.ts";
import { toForest } from "../tree.ts";
import { readFileNow, readInputs } from "./read-inputs.ts";

// Saved from the running mesh; samples/five-calls/README.md says how.
const folder = `${samples}/five-calls/`;
/** The same spans as another tool has them; apart, so that they are not read together. */
const ownFolder = new URL("../../recorded/jaeger/", import.meta.url).pathname;
const fail = (text: string) => assert.fail(`there was a notice: ${text}`);
const read = (file: string) => readFileNow(`${folder}${file}`, { notice: fail });
const bytes = (file: string) => readFileSync(`${folder}${file}`);
const bidi = "9c6b665def7f65f42b292451f54b568b";

suite("the same calls in every form in which they were saved", () => {
  const lines = read("collector-file.jsonl");

  test("the Collector's JSON lines hold five whole traces with nothing odd", () => {
    assert.equal(lines.length, 5);
    for (const trace of lines) {
      assert.equal(trace.spans.length, 11);
      assert.equal(trace.quirks, undefined);
      const { roots, orphans } = toForest(trace);
      assert.deepEqual([roots.length, orphans.length], [1, 0]);
    }
  });

  for (const file of ["collector-file.binpb", "collector-file.zst-frames"]) {
    test(`${file} holds the same`, () => {
      assert.deepEqual(read(file).map(normal), lines.map(normal));
    });
  }

  for (const file of ["tempo-v1.json", "tempo-v2.json", "tempo-v1.binpb", "tempo-v2.binpb"]) {
    test(`${file} holds one of them`, () => {
      const [trace, ...others] = read(file);
      assert.equal(others.length, 0);
      assert.deepEqual(normal(trace as Trace), normal(lines.find((it) => it.traceId === bidi) as Trace));
    });
  }

  // Jaeger has lists as their JSON, notes more for itself, and in its older API counts in microseconds.
  for (const [file, count, unit] of [
    ["jaeger-api.json", 5, 1000n],
    ["jaeger-v3.json", 1, 1n],
  ] as const) {
    test(`${file} holds the same, as far as Jaeger keeps it`, () => {
      const traces = readFileNow(`${ownFolder}${file}`, { notice: fail });
      assert.equal(traces.length, count);
      for (const trace of traces) {
        const same = lines.find((it) => it.traceId === trace.traceId);
        assert.equal(trace.quirks, undefined);
        assert.equal(trace.spans.length, same?.spans.length);
        for (const span of trace.spans) {
          assertSame(span, same?.spans.find((it) => it.spanId === span.spanId) as Span, unit);
        }
      }
    });
  }

  test("packed with gzip or zstd, and in a folder", async () => {
    const packed = mkdtempSync(join(tmpdir(), "lab-corpus-"));
    try {
      const [start, end] = [
        bytes("collector-file.jsonl").subarray(0, 2849),
        bytes("collector-file.jsonl").subarray(2849),
      ];
      assert.equal(start.at(-1), 10, "the first part ends with a line");
      writeFileSync(join(packed, "a.jsonl.gz"), gzipSync(start));
      writeFileSync(join(packed, "b.zst"), zstdCompressSync(end));
      const traces = await Array.fromAsync(readInputs([packed], { notice: fail }));
      assert.deepEqual(traces.map(normal), lines.map(normal));
    } finally {
      rmSync(packed, { recursive: true });
    }
  });

  test("packed with gzip and cut off: what is whole is read, and the end is reported", async () => {
    await withFile(async (file) => {
      const packed = gzipSync(bytes("collector-file.jsonl"));
      writeFileSync(file, packed.subarray(0, packed.length * 0.7));
      const notices: string[] = [];
      const traces = await Array.fromAsync(readInputs([file], { notice: (text) => notices.push(text) }));
      const spans = traces.reduce((sum, it) => sum + it.spans.length, 0);
      assert.ok(spans > 5 && spans < 55, `${spans} spans`);
      assert.match(notices[0] ?? "", /is broken/);
      assert.equal(readFileNow(file, { notice: () => {} }).length, traces.length);
    });
  });

  for (const [name, pack] of [
    ["gzip", gzipSync],
    ["zstd", zstdCompressSync],
  ] as const) {
    test(`packed with ${name} and broken: an error`, async () => {
      await withFile(async (file) => {
        writeFileSync(file, pack(bytes("collector-file.jsonl")).fill(7, 40, 200));
        const wrong = { name: "LabError", exitCode: 2 };
        await assert.rejects(Array.fromAsync(readInputs([file], { notice: () => {} })), wrong);
        assert.throws(() => readFileNow(file, { notice: () => {} }), wrong);
      });
    });
  }

  for (const pieceSize of [1, 7, 1000, 65_536]) {
    test(`in pieces of ${pieceSize} bytes`, () => {
      for (const file of ["collector-file.jsonl", "collector-file.binpb"]) {
        const start = bytes(file).subarray(0, pieceSize === 1 ? 20_000 : undefined);
        assert.deepEqual(readBytes([start], { pieceSize }), readBytes([start]));
      }
    });
  }

  test("in another order, and split into files at any line", () => {
    const texts = bytes("collector-file.jsonl").toString().trimEnd().split("\n");
    const expected = lines.map(normal);
    assert.deepEqual(readBytes([texts.toReversed().join("\n")]).traces.map(normal), expected);
    assert.deepEqual(readBytes(texts.map((it) => `${it}\n`)).traces.map(normal), expected);
    assert.deepEqual(
      readBytes([texts.slice(20).join("\n"), texts.slice(0, 20).join("\n")]).traces.map(normal),
      expected,
    );
  });

  test("every proxy is reported, with its direction and workload", () => {
    const trace = lines[0] as Trace;
    const origins = originsOf(trace);
    const proxies = trace.spans.filter((it) => origins(it).role === "proxy");
    assert.equal(proxies.length, 8);
    for (const span of proxies) {
      const { proxy, direction, workload } = origins(span);
      assert.equal(proxy, "envoy");
      assert.ok(direction !== undefined, `${span.name} has a direction`);
      assert.ok(workload !== undefined || span.resource["service.name"] === "edge");
    }
  });
});

test("spans that a real Envoy shares by Zipkin's rules: SERVER below CLIENT, and a half alone is reported", () => {
  const traces = read("envoy-zipkin.json");
  assert.deepEqual(
    traces.map((it) => [it.spans.length, it.quirks?.map(({ code }) => code)]),
    [
      [2, ["shared-span-id"]],
      [2, ["shared-span-id"]],
      [1, ["half-shared-span"]],
    ],
  );
  for (const trace of traces.slice(0, 2)) {
    const { roots, orphans } = toForest(trace);
    assert.equal(orphans.length, 0);
    assert.equal(roots[0]?.span.kind, "client");
    assert.equal(roots[0]?.children[0]?.span.kind, "server");
    assert.ok(trace.spans.every((it) => originsOf(trace)(it).proxy === "envoy"));
  }
});

function assertSame(jaeger: Span, span: Span, unit: bigint): void {
  for (const key of ["parentSpanId", "name", "kind", "status", "scope", "links"] as const) {
    assert.deepEqual(jaeger[key], span[key], `${key} of ${span.spanId}`);
  }
  for (const part of ["attributes", "resource"] as const) {
    for (const [key, value] of Object.entries(span[part])) {
      // Envoy says "true" in words; Jaeger has a tag of its own of that name.
      const told = key === "error" && unit > 1n ? value === "true" : value;
      assert.deepEqual(jaeger[part][key], Array.isArray(told) ? JSON.stringify(told) : told, key);
    }
  }
  const names = (it: Span) => it.events.map(({ name }) => name);
  assert.deepEqual(names(jaeger), names(span));
  assert.equal(jaeger.startNs, span.startNs - (span.startNs % unit));
  assert.equal(durationNs(jaeger), durationNs(span) - (durationNs(span) % unit));
}

async function withFile(use: (file: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "lab-corpus-"));
  try {
    await use(join(folder, "packed"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
