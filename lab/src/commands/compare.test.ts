import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { CompareReport, Contrast } from "@envoy-mesh-lab/compare";
import { recordedFolder, samples } from "@envoy-mesh-lab/trace/testing";

const main = new URL("../../main.ts", import.meta.url).pathname;
const whole = join(recordedFolder, "whole.json");
const plain = join(samples, "delays", "plain.jsonl");
const fault = join(samples, "delays", "fault-50ms.jsonl");
const [one, two] = ["1".repeat(32), "2".repeat(32)] as const;
const folder = mkdtempSync(join(tmpdir(), "lab-compare-"));
after(() => rmSync(folder, { recursive: true }));

function lab(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  // A process that hangs, because the charting library keeps it alive for example, is a failure too.
  return spawnSync(process.execPath, [main, "compare", ...args], { encoding: "utf8", timeout: 120_000 });
}

test("the parts of every trace of a file add up, as --json tells", () => {
  const { status, stdout, stderr } = lab("--from", plain, "--json");
  assert.equal(status, 0, stderr);
  const { a } = JSON.parse(stdout) as CompareReport;
  assert.equal(a.traces, 3);
  const sum = a.hops.reduce((all, it) => all + it.mean.value * it.count, 0);
  assert.equal(Math.round(sum), Math.round(a.total.mean.value * a.total.count));
});

test("two files are compared, and the report is written beside the table", () => {
  const file = join(folder, "report.html");
  const { status, stdout, stderr } = lab("--from", plain, "--against", fault, "--html", file);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /backend-proxy inbound\n? +\d+ µs +5\d\.\d ms +\+5\d\.\d ms/);
  assert.ok(stderr.includes(file));
  assert.match(readFileSync(file, "utf8"), /^<!doctype html>[\s\S]*<\/html>\n$/);
});

test("--explain shows the slowest trace stretch by stretch, as text and as JSON", () => {
  const text = lab("--from", plain, "--explain");
  assert.equal(text.status, 0, text.stderr);
  assert.match(text.stdout, /stretch by stretch, until\s+the answer: .*\n\n +from +to +took +rule/);
  const { a, explanation } = JSON.parse(lab("--from", plain, "--explain", "--json").stdout) as CompareReport;
  assert.equal(explanation?.traceId, a.slowest[0]?.traceId);
  assert.equal(explanation?.answer.stretches.at(-1)?.to, a.slowest[0]?.totalNs);
});

test("--against similar says what is different about one trace, as text and as JSON", () => {
  const { status, stdout, stderr } = lab(plain, fault, "--against", "similar");
  assert.equal(status, 0, stderr);
  assert.match(stdout, /5\s+other\s+traces\s+in\s[^;]*\shave\s+its\s+shape;\s+the\s+(\d\s+)?fastest\s+took/);
  assert.match(stdout, /▲ slower than all/);
  const found = JSON.parse(lab(plain, fault, "--against", "similar", "--json").stdout) as Contrast;
  const named = lab(plain, fault, "--against", "similar", "--trace", found.fast[0] as string);
  assert.match(named.stdout, /none\s+of\s+the\s+5\s+others/);
});

const wrong: [string, string[], RegExp][] = [
  ["one trace has no interval", ["--from", whole, "--intervals"], /--intervals: there is one trace/],
  [
    "an attribute that no span has",
    ["--from", whole, "--by", "no.such"],
    /no span in .* has the attribute "no\.such"/,
  ],
  ["what a likeness has no use for", [whole, "--against", "similar", "--csv"], /--against similar .*--csv/],
  ["two traces and what is like them", [one, two, "--against", "similar"], /is about one trace, and 2 are/],
  [
    "a report where nothing can be written",
    ["--from", whole, "--html", `${whole}/x.html`],
    /cannot write .*x\.html/,
  ],
  [
    "standard input on both sides",
    ["--from", "-", "--against", "-"],
    /standard input \(-\) is read once: it cannot be A and B/,
  ],
  [
    "a trace to draw without a report",
    ["--from", whole, "--trace", "0af7651916cd43dd8448eb211c80319c"],
    /--trace says which trace --explain, --html or --against similar is about/,
  ],
  [
    "stretches where a line is a hop",
    ["--from", whole, "--explain", "--csv"],
    /'--explain' cannot be used with option '--csv'/,
  ],
  ["two forms at once", ["--from", whole, "--json", "--csv"], /cannot be used with/],
];

for (const [name, args, message] of wrong) {
  test(`wrong usage: ${name}`, () => {
    const { status, stderr } = lab(...args);
    assert.equal(status, 2);
    assert.match(stderr, message);
    assert.ok(!stderr.includes("    at "), stderr);
  });
}

test("a trace that is not there has none like it", () => {
  const { status, stderr } = lab(whole, one, "--against", "similar");
  assert.equal(status, 10);
  assert.match(stderr, /there is no trace 1{32} in/);
});

test("a trace to draw that is not there", () => {
  const id = "0af7651916cd43dd8448eb211c80319c";
  const { status, stderr } = lab("--from", whole, "--html", join(folder, "none.html"), "--trace", id);
  assert.equal(status, 10);
  assert.match(stderr, /--trace: trace 0af7\w+ is not in/);
});
