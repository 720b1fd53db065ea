import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { LabError, toOtlpJson } from "@envoy-mesh-lab/trace";
import { recordedTrace } from "@envoy-mesh-lab/trace/testing";
import { Analysis } from "./analysis.ts";
import type { ReadProgress } from "./trace-sets.ts";

const sample = (name: string) => ({ name, blob: new Blob([readFileSync(join(repoRoot, "samples", name))]) });

const twoHops = JSON.stringify({
  name: "edge before gateway-proxy",
  hops: [
    { service: "edge", direction: "inbound", kind: "server", role: "proxy" },
    { service: "edge", direction: "inbound", kind: "client", role: "proxy" },
  ],
  others: "allowed",
});

suite("what the page works out of traces", () => {
  test("files are read into a set, and each of its traces is reported in a line, with progress", async () => {
    const analysis = new Analysis();
    const told: ReadProgress[] = [];
    const set = await analysis.readFiles(
      [sample("five-calls/collector-file.jsonl")],
      (it) => void told.push(it),
    );
    assert.deepEqual([set.traces, set.clean, set.notices], [5, 5, []]);
    const lines = told.flatMap((it) => it.lines ?? []);
    assert.equal(lines.length, 5);
    assert.ok((told.at(-1)?.bytes ?? 0) > 10_000);
    const view = await analysis.openOfSet(set.setId, lines[0]?.traceId ?? "");
    assert.equal(view.waterfall.rows.length, view.line.spans);
    const judgement = await analysis.judgeOpened(view.line.traceId);
    assert.deepEqual(judgement.checklist, [], "nothing is expected of a stranger's file");
    await analysis.removeSet(set.setId);
    await assert.rejects(analysis.openOfSet(set.setId, lines[0]?.traceId ?? ""), /no longer here/);
  });

  test("a file that is none of traces is refused in words, and leaves nothing behind", async () => {
    const analysis = new Analysis();
    const file = { name: "letter.txt", blob: new Blob(["no trace"]) };
    await assert.rejects(
      analysis.readFiles([file]),
      (error: unknown) => error instanceof LabError && /letter\.txt/.test(error.message) && error.hint !== "",
    );
    await assert.rejects(analysis.openOfSet(1, "0".repeat(32)), /no longer here/);
  });

  test("a served trace is held against what is expected of it, and a finding names its spans", async () => {
    const analysis = new Analysis();
    const otlpJson = toOtlpJson([recordedTrace("injected-early")]);
    const { line, waterfall } = await analysis.openServed({ otlpJson, expectedJson: twoHops });
    const judgement = await analysis.judgeOpened(line.traceId);
    await assert.rejects(analysis.judgeOpened("f".repeat(32)), /is no longer open/);
    assert.equal(judgement.expected, "edge before gateway-proxy");
    assert.ok(judgement.checklist.filter((it) => it.ok).length >= 2);
    const [finding] = judgement.findings;
    assert.equal(finding?.code, "hop.sibling");
    const rows = new Set(waterfall.rows.map((it) => it.spanId));
    assert.ok((finding?.spanIds.length ?? 0) > 0);
    for (const it of finding?.spanIds ?? []) assert.ok(rows.has(it));
  });

  test("the opened trace is handed out again as OTLP JSON, and each of its spans tells all", async () => {
    const analysis = new Analysis();
    await assert.rejects(analysis.exported(), /no trace is open/);
    const trace = recordedTrace("whole");
    await analysis.openServed({ otlpJson: toOtlpJson([trace]), expectedJson: "" });
    assert.equal(
      (JSON.parse(await analysis.exported()) as { resourceSpans: unknown[] }).resourceSpans.length > 0,
      true,
    );
    const facts = await analysis.spanFacts(trace.spans[0]?.spanId ?? "");
    assert.ok(facts.attributes.length > 0);
    await assert.rejects(analysis.spanFacts("<b>"), /there is no span <b>/);
  });

  test("two sets are compared hop by hop; the delay of one shows at its hop alone", async () => {
    const analysis = new Analysis();
    const plain = await analysis.readFiles([sample("delays/plain.jsonl")]);
    const delayed = await analysis.readFiles([sample("delays/work-50ms.jsonl")]);
    const { report, curves, spreads } = await analysis.compare(plain.setId, delayed.setId, undefined);
    const slower = (report.differences ?? []).filter((it) => it.of === "hop" && it.difference.value > 2.5e7);
    assert.deepEqual(
      slower.map((it) => it.key),
      ["app backend"],
    );
    assert.deepEqual(
      curves.map((it) => it.points.at(-1)?.[1]),
      [100, 100],
    );
    assert.ok(spreads.every((it) => (it.a ?? it.b)?.length === 5));
    const alone = await analysis.compare(plain.setId, undefined, "rpc.method");
    assert.equal(alone.report.groups?.length, 1);
  });
});
