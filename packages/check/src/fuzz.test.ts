import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { indexTrace, LabError, originsOf, renderTrace, toForest } from "@envoy-mesh-lab/trace";
import { normal, readBytes, samples } from "@envoy-mesh-lab/trace/testing";
import fc from "fast-check";
import { applyRules } from "./rules/index.ts";

// Mangled input must come to a clear error, or to traces that everything else can work with; never to a crash.
const head = (file: string, length: number) =>
  readFileSync(join(samples, "five-calls", file)).subarray(0, length);

const zipkin = JSON.stringify([
  {
    traceId: "463ac35c9f6413ad",
    id: "a1",
    kind: "CLIENT",
    name: "get",
    timestamp: 1570523661059232,
    duration: 9,
  },
  {
    traceId: "463ac35c9f6413ad",
    id: "a1",
    kind: "SERVER",
    shared: true,
    timestamp: 1570523661059233,
    duration: 7,
  },
  {
    traceId: "463ac35c9f6413ad",
    id: "b1",
    parentId: "a1",
    tags: { error: "x" },
    annotations: [{ timestamp: 1, value: "v" }],
  },
]);
const jaeger = JSON.stringify({
  data: [
    {
      traceID: "7f00ac6317074d13",
      spans: [
        {
          traceID: "7f00ac6317074d13",
          spanID: "a1",
          operationName: "GET",
          references: [{ refType: "CHILD_OF", traceID: "7f00ac6317074d13", spanID: "b1" }],
          startTime: 1693046647759848,
          duration: 60,
          tags: [{ key: "span.kind", type: "string", value: "server" }],
          logs: [{ timestamp: 1693046647759849, fields: [{ key: "event", value: "x" }] }],
          processID: "p1",
        },
      ],
      processes: { p1: { serviceName: "front", tags: [] } },
    },
  ],
});

const inputs: Record<string, Buffer> = {
  "JSON lines": head("collector-file.jsonl", 9000),
  "length-prefixed protobuf": head("collector-file.binpb", 9000),
  "framed zstd": head("collector-file.zst-frames", 9000),
  "one protobuf message": head("tempo-v1.binpb", 20_000),
  "Tempo's JSON": head("tempo-v2.json", 100_000),
  Zipkin: Buffer.from(zipkin),
  Jaeger: Buffer.from(jaeger),
};

/** Reads and uses what was read; any error but a LabError is a failure. */
function survive(bytes: Uint8Array, pieceSize: number): void {
  let result: ReturnType<typeof readBytes>;
  try {
    result = readBytes([bytes], { pieceSize });
  } catch (error) {
    assert.ok(error instanceof LabError, `${(error as Error).stack}`);
    assert.equal(error.exitCode, 2);
    assert.match(error.message, /input-0/);
    return;
  }
  for (const trace of result.traces) {
    const ids = new Set(trace.spans.map((it) => it.spanId));
    assert.equal(ids.size, trace.spans.length, "span ids are unique");
    for (const span of trace.spans) {
      assert.match(span.spanId, /^[0-9a-f]{16}$/);
      assert.match(span.traceId, /^[0-9a-f]{32}$/);
      assert.equal(typeof span.startNs, "bigint");
      assert.equal(typeof span.endNs, "bigint");
    }
    const { roots, orphans } = toForest(trace);
    assert.ok(roots.length + orphans.length > 0);
    trace.spans.forEach(originsOf(trace));
    renderTrace(trace, false);
    for (const it of applyRules(indexTrace(trace))) {
      assert.ok(it.edge && it.evidence && it.cause && it.remedy, JSON.stringify(it));
      assert.doesNotMatch(it.evidence, /(NaN|Infinity) (ns|µs|ms|s)\b/);
    }
  }
}

const runs = { numRuns: Number(process.env.FUZZ_RUNS ?? 60) };
const piece = fc.constantFrom(13, 4096, Number.MAX_SAFE_INTEGER);

for (const [name, bytes] of Object.entries(inputs)) {
  suite(`mangled: ${name}`, () => {
    test("cut off anywhere", () => {
      fc.assert(
        fc.property(fc.nat(bytes.length), piece, (length, size) => survive(bytes.subarray(0, length), size)),
        runs,
      );
    });

    test("with bytes changed", () => {
      const changes = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), {
        minLength: 1,
        maxLength: 8,
      });
      fc.assert(
        fc.property(changes, piece, (list, size) => {
          const mangled = Buffer.from(bytes);
          for (const [at, value] of list) mangled[at] = value;
          survive(mangled, size);
        }),
        runs,
      );
    });

    test("with a part left out or repeated", () => {
      fc.assert(
        fc.property(fc.nat(bytes.length), fc.nat(bytes.length), piece, (from, to, size) => {
          survive(Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]), size);
        }),
        runs,
      );
    });
  });
}

suite("JSON with other values in any place", () => {
  const odd = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom<unknown>(
      null,
      -1,
      1e300,
      2 ** 64,
      "",
      "NaN",
      [],
      {},
      [[]],
      "1".repeat(400),
      "\u0000",
      true,
    ),
  );
  for (const name of ["JSON lines", "Tempo's JSON", "Zipkin", "Jaeger"]) {
    test(name, () => {
      const text = (inputs[name] as Buffer).toString().replace(/(?<=\})\n\{.*$/s, "");
      const places = countValues(JSON.parse(text));
      fc.assert(
        fc.property(fc.nat(places - 1), odd, (place, value) => {
          survive(
            Buffer.from(JSON.stringify(replaceValue(JSON.parse(text), place, value))),
            Number.MAX_SAFE_INTEGER,
          );
        }),
        { numRuns: runs.numRuns * 5 },
      );
    });
  }

  test("values that nest very deep", () => {
    for (const depth of [100, 20_000]) {
      const value = `${'{"arrayValue":{"values":['.repeat(depth)}${"]}}".repeat(depth)}`;
      const attributes = `[{"key":"deep","value":${value}}]`;
      const span = `{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"00000000000000a1","attributes":${attributes}}`;
      survive(
        Buffer.from(
          `{"resourceSpans":[{"resource":{"attributes":${attributes}},"scopeSpans":[{"spans":[${span}]}]}]}`,
        ),
        4096,
      );
      survive(Buffer.from("[".repeat(depth)), 4096);
      survive(Buffer.from(`${"[".repeat(depth)}${"]".repeat(depth)}`), 4096);
    }
  });

  test("bytes of any kind", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), piece, (bytes, size) => survive(bytes, size)),
      { numRuns: runs.numRuns * 5 },
    );
  });
});

suite("the same input in other pieces", () => {
  const lines = readFileSync(join(samples, "five-calls", "collector-file.jsonl"), "utf8")
    .trimEnd()
    .split("\n");
  const expected = readBytes([lines.join("\n")]).traces.map(normal);

  test("in any order, split into files anywhere", () => {
    const shuffled = fc.shuffledSubarray(lines, { minLength: lines.length });
    const cuts = fc.array(fc.nat(lines.length), { maxLength: 5 });
    fc.assert(
      fc.property(shuffled, cuts, (order, at) => {
        const bounds = [0, ...at.sort((a, b) => a - b), order.length];
        const files = bounds.slice(1).map((end, i) => order.slice(bounds[i], end).join("\n"));
        assert.deepEqual(readBytes(files).traces.map(normal), expected);
      }),
      runs,
    );
  });

  test("with lines that come twice: the same spans, and told", () => {
    fc.assert(
      fc.property(fc.subarray(lines, { minLength: 1 }), (again) => {
        const { traces } = readBytes([lines.join("\n"), again.join("\n")]);
        const told = traces.flatMap(
          (it) => it.quirks?.flatMap(({ code, spanIds }) => (code === "duplicate-span" ? spanIds : [])) ?? [],
        );
        assert.equal(told.length, again.join().split('"spanId":').length - 1);
        assert.deepEqual(
          traces.map(({ traceId, spans }) => normal({ traceId, spans })),
          expected,
        );
      }),
      runs,
    );
  });
});

function countValues(value: unknown): number {
  return value !== null && typeof value === "object"
    ? Object.values(value).reduce((sum: number, it) => sum + countValues(it), 1)
    : 1;
}

/** The same with the value at a place, counted in depth-first order, replaced. */
function replaceValue(root: unknown, place: number, by: unknown): unknown {
  let at = 0;
  const walk = (value: unknown): unknown => {
    if (at++ === place) return by;
    if (Array.isArray(value)) return value.map(walk);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, walk(it)]));
  };
  return walk(root);
}
