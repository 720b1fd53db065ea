import assert from "node:assert/strict";
import { test } from "node:test";
import type { Trace } from "@envoy-mesh-lab/trace";
import { makeSpan, makeTrace } from "@envoy-mesh-lab/trace/testing";
import { Decomposer } from "../decompose.ts";
import { explain } from "../explain.ts";
import { report } from "../report.ts";
import { recorded } from "../testing/recorded.ts";
import { collectNow } from "../testing/samples.ts";
import { renderHtml } from "./render-html.ts";
import { rowsAtMost } from "./waterfall.ts";

function htmlOf(traces: Trace[], against?: Trace[], by?: string, source = "a.json"): string {
  const decomposer = new Decomposer();
  const a = { source, collection: collectNow(traces, { decomposer, by }) };
  const b = against && { source: "b.json", collection: collectNow(against, { decomposer }) };
  const kept = a.collection.kept as Trace;
  return renderHtml({
    report: report(a, { by, against: b }),
    frames: { a: a.collection.sample.frame(), ...(b ? { b: b.collection.sample.frame() } : {}) },
    drawn: decomposer.detail(kept),
  });
}

const hostile = [
  `<script>alert(1)</script>`,
  `"><img src=x onerror=alert(1)>`,
  `' onload='alert(1)`,
  `</title></style></svg><script src="//evil.test/x.js">`,
  `]]><script>alert(1)</script>`,
  `&lt;b&gt;`,
  `<style >a</style>`,
  `{a|b}{value}`,
  `\u0000\u001b[31m`,
];

test("the page loads nothing and runs nothing", () => {
  for (const html of [htmlOf(recorded()), htmlOf(recorded("whole"), recorded("no-tracer"), "service.name")]) {
    assert.ok(!/<(?:script|link|img|iframe|object|embed|base|form)\b/i.test(html));
    assert.ok(!/\b(?:src|href|srcset|action|on\w+)\s*=/i.test(html));
    assert.ok(!/@import|url\((?!#)|https?:|\/\/[a-z]/i.test(html));
    assert.match(
      html,
      /<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">/,
    );
  }
});

test("text from traces is escaped wherever it stands", () => {
  const spans = hostile.map((text, i) =>
    makeSpan({
      spanId: `${i}`,
      ...(i === 0 ? {} : { parentSpanId: `${i - 1}` }),
      name: text,
      service: text,
      kind: i % 2 === 0 ? "client" : "server",
      endNs: 3_000_000n - BigInt(i * 1000),
      attributes: { group: text },
    }),
  );
  const html = htmlOf(
    [makeTrace(...spans), { traceId: hostile[1] as string, spans }],
    undefined,
    "group",
    hostile[0],
  );
  assert.ok(!/<(?:script|img)/i.test(html));
  assert.equal(html.match(/<style/g)?.length, 1);
  assert.equal(html.match(/<svg/g)?.length, html.match(/<\/svg>/g)?.length);
  assert.ok(html.includes("&lt;script&gt;alert(1)&lt;/script&gt;"));
  assert.ok(html.includes("&amp;lt;b&amp;gt;"));
  assert.ok(html.includes("{a|b}{value}"));
  // Every tag of the page is one that the page itself makes.
  const tags = new Set([...html.matchAll(/<\/?([a-zA-Z!][a-zA-Z0-9]*)/g)].map((it) => it[1]?.toLowerCase()));
  const known =
    "! html head meta title style body main h1 h2 p br ul li b span figure figcaption svg desc rect path text g line polygon polyline defs clippath table caption thead tbody tr th td div details summary";
  for (const tag of tags) assert.ok(tag === "!doctype" || known.split(" ").includes(tag ?? ""), tag);
});

test("every picture has a title and a description for those who do not see it, with ids of its own", () => {
  const html = htmlOf(recorded("whole", "cut-off"), recorded("no-tracer", "cut-off"));
  const pictures = [...html.matchAll(/<svg [^>]*role="img" aria-labelledby="(\S+) (\S+)">/g)];
  assert.equal(pictures.length, html.match(/<svg/g)?.length);
  assert.ok(pictures.length >= 6);
  for (const [, title, desc] of pictures) {
    assert.equal(html.match(new RegExp(`<title id="${title}">[^<]+</title>`, "g"))?.length, 1);
    assert.equal(html.match(new RegExp(`<desc id="${desc}">[^<]+</desc>`, "g"))?.length, 1);
  }
});

test("the figures of the recorded trace stand in the page, and the waterfall tells app and proxy apart", () => {
  const html = htmlOf(recorded("whole"));
  assert.match(html, /<td class="text name">gateway-proxy inbound → gateway<\/td><td>13\.1 ms<\/td>/);
  assert.equal(html.match(/>○ +(?:edge|gateway-proxy|backend-proxy) \w+ (?:SERVER|CLIENT)</g)?.length, 8);
  assert.equal(html.match(/>● +(?:gateway|backend) (?:SERVER|CLIENT)</g)?.length, 3);
});

test("the same traces give the same page", () => {
  // No assert.equal: it would print two pages.
  assert.ok(htmlOf(recorded()) === htmlOf(recorded().reverse()));
});

test("of a trace with many spans, those that are alike are one line, and at most so many lines are drawn", () => {
  const traceOf = (nameOf: (i: number) => string) =>
    makeTrace(
      ...Array.from({ length: 500 }, (_, i) =>
        makeSpan({
          spanId: `${i}`,
          ...(i === 0 ? {} : { parentSpanId: "0" }),
          name: nameOf(i),
          endNs: 2_000_000n - BigInt(i),
        }),
      ),
    );
  const alike = htmlOf([traceOf(() => "read")]);
  assert.ok(alike.includes("one line from the third on (497 of 500 spans)"));
  assert.equal(alike.match(/>● +(?:497 more: )?gateway SERVER</g)?.length, 4);
  assert.ok(!alike.includes("have no line of their own"));
  const different = htmlOf([traceOf((i) => `read ${i}`)]);
  assert.ok(different.includes(`Of 500 spans, ${500 - rowsAtMost} have no line of their own`));
});

test("what --explain tells stands in the page too", () => {
  const decomposer = new Decomposer();
  const [trace] = recorded("whole");
  const collection = collectNow([trace as Trace], { decomposer });
  const drawn = decomposer.detail(trace as Trace);
  const html = renderHtml({
    report: report({ source: "x", collection }, { explanation: explain(decomposer, drawn) }),
    frames: { a: collection.sample.frame() },
    drawn,
  });
  assert.match(html, /stretch by stretch<\/h2>[\s\S]*until the answer: [\d.]+ ms/);
  assert.ok(!htmlOf(recorded("whole")).includes("stretch by stretch"));
});

test("on a narrow screen pictures keep a size that can be read, and nothing makes the page wider", () => {
  const html = htmlOf(recorded("whole"));
  assert.equal(html.match(/<figure><div class="scroll"><svg /g)?.length, html.match(/<svg /g)?.length);
  assert.match(html, /svg \{[^}]*min-width: 800px/);
  assert.match(html, /h1, h2, [^{]*\{ overflow-wrap: anywhere; \}/);
  // Else a table gives the names three characters a line.
  assert.match(html, /td\.name:not\(:empty\) \{ min-width: 150px/);
});

test("what was odd, and the groups that are not drawn, are reported", () => {
  assert.match(
    htmlOf(recorded("cut-off", "half-sampled", "retried")),
    /<h2>What the figures do not show<\/h2>[\s\S]*took/,
  );
  assert.ok(!htmlOf(recorded("whole")).includes("What the figures do not show"));
  assert.match(
    htmlOf(recorded("retried"), recorded("retried")),
    /<li>A: Calls went on for 1\.78 ms[\s\S]*<li>B: Calls went on for 1\.78 ms/,
  );
  const traces = Array.from({ length: 15 }, (_, i) =>
    makeTrace(makeSpan({ spanId: "1", attributes: { group: `${i}` } })),
  );
  assert.match(htmlOf(traces, undefined, "group"), /The 12 values .* are drawn; .* tell the 3 others too/);
});

test("what follows the answer stands in a table of its own, and only where something does", () => {
  const pageOf = (...traces: Trace[]) => {
    const decomposer = new Decomposer();
    const collection = collectNow(traces, { decomposer });
    return renderHtml({
      report: report({ source: "x", collection }, {}),
      frames: { a: collection.sample.frame() },
      drawn: decomposer.detail(traces[0] as Trace),
    });
  };
  const going = makeTrace(
    makeSpan({ spanId: "1", endNs: 1_026_000n }),
    makeSpan({ spanId: "2", parentSpanId: "1", kind: "client", startNs: 1_026_000n, endNs: 728_000_000n }),
  );
  assert.match(pageOf(going), /<h2>Until the last span<\/h2>[\s\S]*727 ms/);
  assert.doesNotMatch(pageOf(...recorded("whole")), /Until the last span/);
});
