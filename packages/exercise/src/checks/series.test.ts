import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Selector } from "./series.ts";
import { parseSelector, parseSeries, sumOf } from "./series.ts";

const text = `# HELP calls_total calls
# TYPE calls_total counter
calls_total{shop="a",kind="server"} 3
calls_total{shop="a",kind="client"} 4
calls_total{shop="b",kind="server",note="of \\"x\\", {y}\\nand z"} 5 1700000000000
calls_total_more{shop="a"} 100
up 1
`;
const series = parseSeries(text);
const sum = (selector: string) => {
  const parsed = parseSelector(selector);
  assert.ok(!("wrong" in parsed), JSON.stringify(parsed));
  return sumOf(series, parsed);
};

test("series are read with their labels, quotes and times", () => {
  assert.equal(series.length, 5);
  assert.equal(series[2]?.labels.get("note"), 'of "x", {y}\nand z');
  assert.equal(series[2]?.value, 5);
});

const sums: Record<string, number> = {
  calls_total: 12,
  up: 1,
  'calls_total{shop="a"}': 7,
  '  calls_total { shop = "a" , kind != "client", } ': 3,
  'calls_total{shop=~"a|b",kind=~"serv.*"}': 8,
  // A regular expression holds for all of a value.
  'calls_total{kind=~"serv"}': 0,
  'calls_total{shop!~"a"}': 5,
  // A label that is not there is empty.
  'calls_total{note=""}': 7,
  "calls_total{note=~'.+'}": 5,
  "calls_total{}": 12,
  'none{shop="a"}': 0,
};
suite("a selector finds", () => {
  for (const [selector, wanted] of Object.entries(sums)) {
    test(selector, () => assert.equal(sum(selector), wanted));
  }
});

suite("what is no selector is refused in words", () => {
  for (const [wrong, words] of Object.entries({
    'sum(calls_total{shop="a"})': /is no selector/,
    "": /is no selector/,
    "calls_total{shop=a}": /not understood: shop=a/,
    'calls_total{shop="a" kind="b"}': /not understood: shop="a" kind/,
    'calls_total{shop=~"("}': /\( is no regular expression/,
  })) {
    test(wrong || "nothing", () => {
      const parsed = parseSelector(wrong) as Selector | { wrong: string };
      assert.match("wrong" in parsed ? parsed.wrong : "", words);
    });
  }
});
