import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { labelAt } from "@envoy-mesh-lab/trace";
import { drawnTrace } from "@envoy-mesh-lab/trace/testing";
import type { Detail } from "./decompose.ts";
import { Decomposer } from "./decompose.ts";
import type { Explanation } from "./explain.ts";
import { explain } from "./explain.ts";
import type { PathRule } from "./rules.ts";

const envoy = "scope=envoy";
const nginx = "scope=nginx";

/** For each rule of docs/comparing-traces.md a small trace, and all stretches that the rule gives in it, in ms. */
const book: Readonly<Record<PathRule, [drawing: string, ...stretches: string[]]>> = {
  own: [
    `
    a SERVER 0-100
      a INTERNAL 10-100
      a CLIENT 20-80
        b SERVER 30-70`,
    "0-20 a",
    "30-70 b",
    "80-100 a",
  ],
  "client-side": [
    `
    a CLIENT 0-100
      a SERVER 10-90 ${envoy} upstream_cluster=outbound|80||b
        a CLIENT 15-85 ${envoy} upstream_cluster=outbound|80||b
          b SERVER 20-70`,
    "0-10 a → a outbound",
    "90-100 a → a outbound",
  ],
  "proxy-own": [
    `
    p SERVER 0-100 ${envoy} name=ingress
      p CLIENT 10-80 ${envoy} name=router+b+egress
        b SERVER 20-70`,
    "0-10 p inbound",
    "80-100 p inbound",
  ],
  leg: [
    `
    a CLIENT 0-100
      b SERVER 20-80`,
    "0-20 a → b",
    "80-100 a → b",
  ],
  "silent-peer": [
    `
    a SERVER 0-100
      a CLIENT 20-80 db.system=redis`,
    "20-80 a → redis (no span)",
  ],
  "open-call": [
    `
    a SERVER 0-100
      a CLIENT 10-60 db.system=redis
      a CLIENT 40-90 db.system=mysql`,
    "10-40 a → redis (no span)",
  ],
  queue: [
    `
    a SERVER 0-50 resource.host.name=one
      a PRODUCER 20-30 resource.host.name=one
        b CONSUMER 80-100 resource.host.name=one`,
    "30-80 a → b",
  ],
  "one-span": [
    `
    p SERVER 0-100 ${nginx}
      b SERVER 20-80`,
    "0-20 p inbound → b",
    "80-100 p inbound → b",
  ],
  "hidden-app": [
    `
    p SERVER 0-100 ${envoy} upstream_cluster=inbound|80|| istio.canonical_service=b
      p CLIENT 10-90 ${envoy} upstream_cluster=inbound|80|| istio.canonical_service=b
        p SERVER 20-80 ${envoy} upstream_cluster=outbound|80||c istio.canonical_service=b
          p CLIENT 30-70 ${envoy} upstream_cluster=outbound|80||c istio.canonical_service=b`,
    "10-20 b (no span)",
    "80-90 b (no span)",
  ],
  "no-upstream-span": [
    `
    a CLIENT 0-100
      p SERVER 10-90 ${nginx}`,
    "10-90 p (proxy)",
  ],
  "no-time": [
    `
    a SERVER 0-100
      a CLIENT 30-30
      a CLIENT 70-90 db.system=redis`,
    "30-70 a",
    "90-100 a",
  ],
  "open-connection": [
    `
    p SERVER 0-100 ${envoy} name=ingress http.status_code=101
      p CLIENT 2-98 ${envoy} name=router+b+egress http.status_code=101
        b SERVER 46-54`,
    "2-46 p inbound → b",
    "54-98 p inbound → b",
  ],
  "nothing-open": [
    `
    a SERVER 0-20
      a INTERNAL 60-100`,
    "20-60 a",
  ],
};

/** What the book shows of several rules together: a small trace, and the rule whose time is marked in it. */
const together: Readonly<Record<string, [rule: PathRule, drawing: string]>> = {
  "the path among calls": [
    "silent-peer",
    `
    a SERVER 0-100
      a CLIENT 10-34 db.system=one
      a CLIENT 16-40 db.system=two
      a CLIENT 46-90 db.system=three`,
  ],
  "an answer beside its call": [
    "leg",
    `
    a SERVER 0-100
      a CLIENT 20-80
      b SERVER 30-70`,
  ],
  "an answer without a call": [
    "own",
    `
    a SERVER 0-100
      b SERVER 30-70`,
  ],
  "an answer that is sent piece by piece": [
    "own",
    `
    a SERVER 0-100
      a CLIENT 20-30
        b SERVER 20-90
          b INTERNAL 24-26 asgi.event.type=http.response.start
          b INTERNAL 86-88 asgi.event.type=http.response.body`,
  ],
};

suite("each rule of the book in a small trace", () => {
  for (const [rule, [drawing, ...stretches]] of Object.entries(book)) {
    test(rule, () => {
      assert.deepEqual(given(rule, drawing), stretches);
    });
  }
});

suite("the pictures of docs/comparing-traces.md are drawn from what comes out", () => {
  const docs = readFileSync(new URL("../../../docs/comparing-traces.md", import.meta.url), "utf8");
  const pictures = [
    ...Object.entries(book).map(([rule, [drawing]]) => [rule, rule, drawing] as const),
    ...Object.entries(together).map(([title, [rule, drawing]]) => [title, rule, drawing] as const),
  ];
  for (const [title, rule, drawing] of pictures) {
    test(title, () => {
      const picture = `${title}\n${pictureOf(rule as PathRule, drawing)}\n`;
      assert.ok(docs.includes(`\n${picture}`), `docs/comparing-traces.md lacks\n${picture}`);
    });
  }

  test("and it has no others", () => {
    const drawn = docs.match(/^(SERVER|CLIENT|INTERNAL|PRODUCER|CONSUMER) .*[-=|]$/gm) ?? [];
    const all = pictures.flatMap(([, rule, drawing]) => pictureOf(rule as PathRule, drawing).split("\n"));
    assert.deepEqual([...new Set(drawn)].sort(), [...new Set(all)].sort());
  });
});

/** What a rule gives in a drawing until the last span: "from-to whose". */
function given(rule: string, drawing: string): string[] {
  const { answer, last = answer } = divided(drawing).explanation;
  return last.stretches
    .filter((it) => it.rule === rule)
    .map((it) => `${it.from / 1e6}-${it.to / 1e6} ${it.label}`);
}

/** Divides a drawing; a span of no length has no end. */
function divided(drawing: string): { detail: Detail; explanation: Explanation } {
  const drawn = drawnTrace(drawing);
  const unfinished = drawn.spans.filter((it) => it.startNs === it.endNs).map((it) => it.spanId);
  const quirks =
    unfinished.length === 0 ? [] : [{ code: "no-end" as const, message: "", spanIds: unfinished }];
  const decomposer = new Decomposer();
  const detail = decomposer.detail({ ...drawn, quirks });
  return { detail, explanation: explain(decomposer, detail) };
}

/** So many milliseconds are one character. */
const scale = 2;

/**
 * A drawing as a picture, one line a span: `=` is the time of that span's activity that is the rule's, until the last span,
 * `-` the rest of the span, `|` a span without an end.
 */
function pictureOf(rule: PathRule, drawing: string): string {
  const { detail, explanation } = divided(drawing);
  const { answer, last = answer } = explanation;
  const { spans } = detail.index;
  const zero = Math.min(...spans.map((it) => Number(it.startNs)));
  const heads = spans.map((span, i) => {
    const { spanId, kind } = span;
    const column = (ns: number) => Math.round(ns / 1e6 / scale);
    const [from, to] = [span.startNs, span.endNs].map((it) => column(Number(it) - zero)) as [number, number];
    const bar = Array.from({ length: to }, (_, at): string => (at < from ? " " : "-"));
    if (from === to) bar.push(...Array.from({ length: from }, () => " "), "|");
    for (const it of last.stretches.filter((one) => one.spanId === spanId && one.rule === rule)) {
      for (let at = column(it.from); at < column(it.to); at++) bar[at] = "=";
    }
    const kindInWords = kind.toUpperCase();
    const party = labelAt(detail.index, i).replace(` ${kindInWords}`, "");
    return { kindInWords, party, bar: Array.from(bar, (it) => it ?? " ").join("") };
  });
  const width = (of: (it: (typeof heads)[number]) => string) => Math.max(...heads.map((it) => of(it).length));
  const [kinds, parties] = [width((it) => it.kindInWords), width((it) => it.party)];
  return heads
    .map((it) => `${it.kindInWords.padEnd(kinds)} ${it.party.padEnd(parties)}  ${it.bar}`)
    .join("\n");
}
