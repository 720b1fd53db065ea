import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readInputs } from "@envoy-mesh-lab/trace/node";
import fc from "fast-check";
import { compareTraces } from "./report.ts";
import { damagedTrace } from "./testing/damaged-trace.ts";
import { otlpLine } from "./testing/otlp-line.ts";

const folder = mkdtempSync(join(tmpdir(), "lab-compare-split-"));
after(() => rmSync(folder, { recursive: true }));

test("traces of every sort, dealt to files span by span in any order, give what they give at once", async () => {
  const dealt = damagedTrace.chain((trace) =>
    fc.record({
      trace: fc.constant(trace),
      spans: fc.shuffledSubarray(trace.spans, { minLength: trace.spans.length }),
      file: fc.infiniteStream(fc.nat({ max: 3 })),
    }),
  );
  await fc.assert(
    fc.asyncProperty(dealt, async ({ trace, spans, file }) => {
      const files = new Map<number, string[]>();
      for (const span of spans) {
        const number = file.next().value;
        files.set(number, [...(files.get(number) ?? []), otlpLine(span)]);
      }
      const names = [...files].map(([number, lines]) => {
        const name = join(folder, `${number}.jsonl`);
        writeFileSync(name, `${lines.join("\n")}\n`);
        return name;
      });
      assert.deepEqual(
        await compareTraces(readInputs(names, { notice: assert.fail })),
        await compareTraces([trace]),
      );
    }),
    { numRuns: 150 },
  );
});
