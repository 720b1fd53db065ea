import assert from "node:assert/strict";
import { test } from "node:test";
import { makeTrace } from "@envoy-mesh-lab/trace/testing";
import { Decomposer } from "./decompose.ts";
import { explain } from "./explain.ts";
import { renderExplanation } from "./render-explanation.ts";
import { pathRules } from "./rules.ts";
import { span } from "./testing/made-span.ts";

const trace = makeTrace(
  span("1", undefined, "server", [0, 1000]),
  span("2", "1", "client", [100, 600], { attributes: { "db.system": "redis" } }),
  span("3", "1", "client", [300, 900]),
  span("4", "3", "server", [0, 500], { service: "b" }),
  span("5", "1", "client", [950, 3000]),
  span("6", "gone", "internal", [0, 40]),
);

function explained() {
  const decomposer = new Decomposer();
  return explain(decomposer, decomposer.detail(trace));
}

test("each stretch is reported with whose it is, by which span and by which rule", () => {
  const { answer, last } = explained();
  assert.deepEqual(
    answer.stretches.map((it) => [it.from, it.to, it.label, it.spanId, it.rule]),
    [
      [0, 100, "a", "1", "own"],
      [100, 300, "a → redis (no span)", "1", "open-call"],
      [300, 350, "a → b", "3", "leg"],
      [350, 850, "b", "4", "own"],
      [850, 900, "a → b", "3", "leg"],
      [900, 1000, "a", "1", "own"],
    ],
  );
  assert.equal(last?.totalNs, 3000);
  assert.deepEqual(
    last?.stretches.slice(-2).map((it) => [it.from, it.to, it.rule]),
    [
      [900, 950, "own"],
      [950, 3000, "silent-peer"],
    ],
  );
});

test("what takes no share is reported with its time and why, the longest first", () => {
  assert.deepEqual(
    explained().withoutShare.map((it) => [it.spanId, it.ns, it.why]),
    [
      ["5", 2050, "not-waited-for"],
      ["2", 500, "outlasted"],
      ["6", 40, "detached"],
    ],
  );
});

test("text: both views, the rules that were used, and what takes no share, not wider than the terminal", () => {
  const text = renderExplanation(explained(), { color: false, width: 80, intervals: false });
  for (const line of text.split("\n")) assert.ok(line.length <= 80, line);
  assert.match(text, /until the answer:\s1\.00 µs/);
  assert.match(text, /until the last span: 3\.00 µs/);
  assert.match(text, /100 ns +300 ns +200 ns +open-call +◌ waiting a → redis \(no span\)/);
  for (const rule of ["own", "leg", "open-call", "silent-peer"] as const) {
    assert.ok(text.replace(/\s+/g, " ").includes(`${rule}: ${pathRules[rule]}`), rule);
  }
  assert.match(text, /2\.05 µs not waited for: a CLIENT/);
});
