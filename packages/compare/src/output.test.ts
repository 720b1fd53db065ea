import assert from "node:assert/strict";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { printableLines, shorten, wrap } from "@envoy-mesh-lab/trace";
import { makeSpan, makeTrace } from "@envoy-mesh-lab/trace/testing";
import fc from "fast-check";
import { toCsv } from "./csv.ts";
import { Decomposer } from "./decompose.ts";
import { interval, percent } from "./format.ts";
import { renderReport } from "./render-text.ts";
import type { CompareReport } from "./report.ts";
import { report } from "./report.ts";
import { recorded } from "./testing/recorded.ts";
import { collectNow } from "./testing/samples.ts";

const plain = { color: false, width: 110, intervals: false };

function reportOf(names: string[], against?: string[], by?: string): CompareReport {
  const decomposer = new Decomposer();
  const side = (these: string[]) => ({
    source: these.join(", ") || "all",
    collection: collectNow(recorded(...these), { decomposer, by }),
  });
  return report(side(names), { by, against: against && side(against) });
}

test("text: one recorded trace as a table with bars, app and proxy told apart without colours", () => {
  const lines = renderReport(reportOf(["whole"]), plain).split("\n");
  assert.equal(lines[0], "1 trace, 11 spans, 48.5 ms end to end");
  assert.match(lines[2] ?? "", /^▕█+▓+▒+░+▏$/);
  assert.ok(lines.some((it) => /^● app {5}gateway {2,}7\.04 ms {2}14\.5 % {2}█+$/.test(it)));
  assert.ok(lines.some((it) => /^○ proxy {3}backend-proxy inbound {2,}750 µs {3}1\.5 % {2}▒+$/.test(it)));
  assert.ok(lines.some((it) => /^─ network gateway-proxy inbound → gateway {2,}13\.1 ms/.test(it)));
});

test("text: nothing is wider than 80 characters on a terminal of 80", () => {
  for (const it of [
    reportOf([]),
    reportOf(["whole"], ["cut-off"]),
    reportOf([], undefined, "service.name"),
  ]) {
    for (const line of renderReport(it, { color: false, width: 80, intervals: true }).split("\n")) {
      assert.ok(line.length <= 80, `${line.length}: ${line}`);
    }
  }
});

test("text: colours are added to the same characters", () => {
  const it = reportOf([]);
  const colored = renderReport(it, { ...plain, color: true });
  assert.notEqual(colored, stripVTControlCharacters(colored));
  assert.equal(stripVTControlCharacters(colored), renderReport(it, plain));
});

test("text: many traces have percentiles, the slowest ids, and what was odd", () => {
  const names = "cut-off injected-early no-tracer not-injected one-span-proxy sampled-out whole".split(" ");
  const text = renderReport(reportOf(names), plain);
  assert.match(
    text,
    /^8 traces, 65 spans, end to end 29\.2 ms on average \(95 % interval of that average: \S+ … \S+ ms\),\sp50\s25\.5 ms/,
  );
  assert.match(text, /the slowest traces:\n {2}3e1ed665d74509a58716fd274d481fd9 {2}50\.2 ms/);
  assert.match(text, /1 span below another root or a missing parent took no part/);
});

test("text: with --against, each line has A, B, the difference and a verdict, and the structures are compared", () => {
  const text = renderReport(reportOf(["whole", "whole"], ["no-tracer", "no-tracer"]), plain);
  assert.match(text, /∑ all {5}end to end +48\.5 ms +25\.5 ms +-23\.1 ms/);
  assert.match(text, / {2}- gateway-proxy outbound SERVER, below gateway CLIENT/);
  assert.match(
    text,
    / {2}> backend-proxy inbound SERVER from below gateway-proxy outbound CLIENT to below gateway CLIENT/,
  );
  assert.match(
    renderReport(reportOf(["whole"], ["whole"]), plain),
    /Too few traces to tell a difference from noise[\s\S]*The structures are the same/u,
  );
});

test("text: with --against and --by, the groups of A follow", () => {
  const text = renderReport(reportOf(["whole", "cut-off"], ["whole"], "service.name"), plain);
  assert.match(text, /structure[\s\S]*── A, service\.name = edge\n\n2 traces, 18 spans/);
});

test("text: names from traces cannot steer the terminal", () => {
  const hostile = makeTrace(makeSpan({ spanId: "1", service: "evil\u001b[2J\u202e\nname" }));
  const collection = collectNow([hostile], { by: "service.name" });
  const text = renderReport(report({ source: "x", collection }, { by: "service.name" }), plain);
  assert.ok(!text.includes("\u001b") && !text.includes("\u202e"));
  assert.ok(text.includes("evil�[2J��name"));
});

test("JSON: the schema is named and stable", () => {
  const it = reportOf(
    ["whole", "cut-off", "whole", "whole"],
    ["whole", "no-tracer", "whole", "whole"],
    "service.name",
  );
  assert.equal(it.schema, "envoy-mesh-lab/compare/1");
  assert.deepEqual(Object.keys(it), [
    ...["schema", "unit", "confidence", "resamples", "a", "by", "groups", "b", "differences", "structure"],
  ]);
  assert.deepEqual(Object.keys(it.a), [
    ...["source", "until", "traces", "spans", "total", "roles", "hops", "slowest", "notes"],
  ]);
  assert.deepEqual(Object.keys(it.a.hops[0] ?? {}), [
    ...["key", "role", "label", "count", "mean", "p50", "p90", "p99", "share", "perTrace"],
  ]);
  assert.deepEqual(Object.keys(it.differences?.[1] ?? {}), [
    ...["key", "role", "of", "label", "a", "b", "difference", "p", "verdict"],
  ]);
  assert.deepEqual(JSON.parse(JSON.stringify(it)), it);
});

test("CSV: each row has every column, and lines of the recorded trace are found", () => {
  const rows = toCsv(reportOf(["whole", "whole"], ["no-tracer", "no-tracer"]))
    .trimEnd()
    .split("\r\n");
  const heads = rows[0]?.split(",") ?? [];
  assert.equal(heads.length, 30);
  for (const row of rows) assert.equal(row.split(",").length, heads.length, row);
  assert.ok(rows.some((it) => it.startsWith("a,,total,,end to end,2,48521000,48521000,48521000")));
  assert.ok(rows.some((it) => it.startsWith("b,,hop,proxy,backend-proxy inbound,2,383000,")));
  assert.ok(rows.some((it) => it.startsWith("b-a,,total,,end to end,,") && it.endsWith(",unknown,answer")));
});

test("what follows the answer is in text, JSON and CSV alike", () => {
  const trace = makeTrace(
    makeSpan({ spanId: "1", endNs: 1_026_000n }),
    makeSpan({ spanId: "2", parentSpanId: "1", kind: "internal", startNs: 1_026_000n, endNs: 728_000_000n }),
  );
  const it = report({ source: "x", collection: collectNow([trace]) }, {});
  assert.deepEqual([it.a.until, it.a.total.mean.value], ["answer", 26_000]);
  assert.deepEqual([it.a.untilLast?.until, it.a.untilLast?.total.mean.value], ["last", 727_000_000]);
  assert.match(
    renderReport(it, plain),
    /until the answer[\s\S]*until the last span\s+it\s+is 727 ms:[\s\S]*app +gateway +727 ms/,
  );
  const rows = toCsv(it).trimEnd().split("\r\n");
  assert.ok(rows.some((row) => row.startsWith("a,,hop,app,gateway,1,26000,") && row.endsWith(",answer")));
  assert.ok(rows.some((row) => row.startsWith("a,,hop,app,gateway,1,727000000,") && row.endsWith(",last")));
  assert.equal(report({ source: "x", collection: collectNow(recorded("whole")) }, {}).a.untilLast, undefined);
});

test("CSV: quotes and commas are quoted, and no spreadsheet takes a name for a formula", () => {
  const trace = makeTrace(makeSpan({ spanId: "1", service: '=cmd("x", y)' }));
  const csv = toCsv(report({ source: "x", collection: collectNow([trace]) }, {}));
  assert.ok(csv.includes(`a,,hop,app,"'=cmd(""x"", y)",1,1000000,`));
});

/** Reads CSV as RFC 4180, section 2, defines it, and nothing else. */
function readCsv(text: string): string[][] {
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  const rows: string[][] = [[]];
  while (field.lastIndex < text.length) {
    const at = field.lastIndex;
    const [, quoted, bare = "", end] =
      field.exec(text) ?? assert.fail(`no field at ${at}: ${text.slice(at, at + 40)}`);
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? bare);
    if (end === "\r\n") rows.push([]);
  }
  assert.deepEqual(rows.pop(), []);
  return rows;
}

test("CSV: whatever names hold, a reader of RFC 4180 gets them back", () => {
  const name = fc.string({ unit: fc.constantFrom(..."a,\"'\r\n;=é →\t"), minLength: 1 });
  fc.assert(
    fc.property(name, name, (service, group) => {
      const trace = makeTrace(makeSpan({ spanId: "1", service, attributes: { group } }));
      const rows = readCsv(
        toCsv(report({ source: "x", collection: collectNow([trace], { by: "group" }) }, { by: "group" })),
      );
      assert.deepEqual(new Set(rows.map((it) => it.length)), new Set([30]));
      const plainly = (name: string) => {
        // A carriage return would write over what a terminal shows of the line.
        const text = printableLines(name);
        return /^[=\t]/.test(text) ? `'${text}` : text;
      };
      assert.deepEqual(
        rows.filter((it) => it[2] === "hop").map((it) => [it[1], it[4]]),
        [
          ["", plainly(service)],
          [plainly(group), plainly(service)],
        ],
      );
    }),
  );
});

test("intervals have their unit once, and shares one digit behind the point", () => {
  assert.equal(interval({ value: 2e6, low: 1.2e6, high: 3e6 }), "1.20 … 3.00 ms");
  assert.equal(interval({ value: 2e6, low: 9e5 }), "900 µs … ?");
  assert.equal(interval({ value: 2e6 }), "");
  assert.equal(percent(0.1234), "12.3 %");
});

test("texts are shortened in the middle and wrapped between words", () => {
  assert.equal(shorten("gateway-proxy outbound", 11), "gatew…bound");
  assert.equal(shorten("short", 11), "short");
  assert.deepEqual(wrap("one two three four", 9), ["one two", "three", "four"]);
  assert.deepEqual(wrap("on average (10.3 … 11.3 ms), p50 8.79 ms, 12.3 % ms", 16), [
    ...["on average", "(10.3 … 11.3 ms),", "p50 8.79 ms,", "12.3 % ms"],
  ]);
});
