import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { checkTraces, keysToKeep, toJson } from "@envoy-mesh-lab/check";
import { compareTraces } from "@envoy-mesh-lab/compare";
import type { Raw } from "@envoy-mesh-lab/trace";
import { isObject } from "@envoy-mesh-lab/trace";
import { readInputs } from "@envoy-mesh-lab/trace/node";
import { recordedFolder, samples } from "@envoy-mesh-lab/trace/testing";
import fc from "fast-check";

const folder = mkdtempSync(join(tmpdir(), "lab-split-"));
after(() => rmSync(folder, { recursive: true }));

/** Every span of a file of OTLP JSON as a document of its own, with its resource and scope. */
function spansOf(file: string): string[] {
  const text = readFileSync(file, "utf8");
  const list = (raw: Raw, ...keys: string[]) => keys.flatMap((it) => (raw[it] ?? []) as Raw[]);
  // JSON lines, or documents one after the other.
  const documents = text.split(/(?<=^\{.*\}|^\})\n(?=\{|$)/m).filter(Boolean);
  return documents.flatMap((line) => {
    const document = JSON.parse(line) as Raw;
    const inner = isObject(document.trace) ? document.trace : document;
    return list(inner, "resourceSpans", "batches").flatMap(({ resource, ...batch }) =>
      list(batch, "scopeSpans").flatMap(({ scope, ...scoped }) =>
        list(scoped, "spans").map((span) =>
          JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope, spans: [span] }] }] }),
        ),
      ),
    );
  });
}

const inputs = {
  "five calls through the mesh": spansOf(join(samples, "five-calls", "collector-file.jsonl")),
  "calls of which half are sampled": spansOf(join(recordedFolder, "half-sampled.json")),
  "a call that was tried again": spansOf(join(recordedFolder, "retried.json")),
};

/** What check and compare say of the spans in these files. */
async function say(files: string[][]): Promise<unknown> {
  const names = files.map((lines, i) => {
    const name = join(folder, `${i}.jsonl`);
    writeFileSync(name, lines.map((it) => `${it}\n`).join(""));
    return name;
  });
  const read = () => readInputs(names, { keep: keysToKeep(undefined), notice: assert.fail });
  const { a } = await compareTraces(read());
  return { check: toJson(await checkTraces(read())), compare: { ...a, source: "" } };
}

for (const [name, spans] of Object.entries(inputs)) {
  test(`check and compare say the same however the spans are dealt to files: ${name}`, async () => {
    assert.ok(spans.length > 10, `${spans.length} spans`);
    const whole = await say([spans]);
    const deal = fc.tuple(
      fc.array(fc.nat({ max: 4 }), { minLength: spans.length, maxLength: spans.length }),
      fc.shuffledSubarray(spans, { minLength: spans.length }),
    );
    await fc.assert(
      fc.asyncProperty(deal, async ([dealt, shuffled]) => {
        const files = [0, 1, 2, 3, 4].map((file) => shuffled.filter((_, i) => dealt[i] === file));
        const filled = files.filter((it) => it.length > 0);
        assert.deepEqual(await say(filled), whole);
      }),
      { numRuns: 30 },
    );
  });
}
