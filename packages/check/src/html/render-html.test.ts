import assert from "node:assert/strict";
import { test } from "node:test";
import { expectedHopsFile } from "@envoy-mesh-lab/bootstrap";
import type { Trace } from "@envoy-mesh-lab/trace";
import { makeSpan, recordedTraces } from "@envoy-mesh-lab/trace/testing";
import { checkTraces } from "../check-traces.ts";
import type { Expected } from "../expected.ts";
import { readExpected } from "../read-expected.ts";
import { renderHtml } from "./render-html.ts";

const htmlOf = async (traces: Trace[], expected?: Expected, source = "traces.json") =>
  renderHtml(await checkTraces(traces, { expected }), { source });

test("causes come first, with what follows, then the trace with their numbers, then the checklist", async () => {
  const html = await htmlOf(recordedTraces("not-extracted"), readExpected(expectedHopsFile));
  assert.match(
    html,
    /<section class="cause error" id="cause-1"><h3>1\. context\.lost <span>backend-proxy inbound CLIENT &gt; backend SERVER<\/span>[\s\S]*1 finding that follows from it[\s\S]*hop\.missing[\s\S]*<h2>A trace that shows it<\/h2>[\s\S]*>◀ 1<[\s\S]*<h2>What was expected: one RPC/,
  );
});

test("a clean input says so, and draws nothing", async () => {
  const html = await htmlOf(recordedTraces("whole"));
  assert.match(html, /<h1>Nothing wrong in the traces<\/h1>/);
  assert.ok(!html.includes("<svg"));
});

test("the page loads nothing, runs nothing, and has no text of a trace as markup", async () => {
  const hostile = [
    `<script>alert(1)</script>`,
    `"><img src=x onerror=alert(1)>`,
    `</title></style></svg>`,
    `&lt;b&gt;`,
  ];
  const spans = hostile.map((text, i) =>
    makeSpan({
      spanId: `${i}`,
      ...(i === 0 ? {} : { parentSpanId: `${i - 1}` }),
      ...{ name: text, service: text, kind: "client" as const, attributes: { [text]: text } },
    }),
  );
  const expected: Expected = {
    name: hostile[0] as string,
    hops: [
      {
        service: hostile[1] as string,
        kind: "server",
        attributes: { [hostile[2] as string]: { equals: hostile[3] } },
      },
    ],
  };
  const quirks = [{ code: "shared-span-id" as const, message: hostile[0] as string, spanIds: ["1"] }];
  const html = await htmlOf([{ traceId: hostile[1] as string, spans, quirks }], expected, hostile[0]);
  assert.ok(!/<(?:script|link|img|iframe|object|embed|base|form)\b/i.test(html));
  assert.ok(!/\s(?:src|href|srcset|action|on\w+)\s*=\s*["']/i.test(html));
  assert.ok(!/@import|url\((?!#)|https?:|\/\/[a-z]/i.test(html));
  assert.equal(html.match(/<style/g)?.length, 1);
  assert.equal(html.match(/<svg/g)?.length, html.match(/<\/svg>/g)?.length);
  assert.ok(html.includes("&lt;script&gt;alert(1)&lt;/script&gt;"));
  assert.ok(html.includes("&amp;lt;b&amp;gt;"));
});

test("a long trace folds repeats, but for the spans that show something, and scrolls on narrow screens", async () => {
  const spans = Array.from({ length: 1002 }, (_, i) =>
    makeSpan({
      spanId: `${i}`,
      ...(i === 0 ? {} : { parentSpanId: "0" }),
      ...{ name: "read", kind: i === 0 ? "server" : "client" },
      attributes: i === 700 ? {} : { tenant: "red" },
    }),
  );
  const html = await htmlOf([{ traceId: "1".repeat(32), spans }], {
    name: "it",
    hops: [],
    spans: [{ attributes: { tenant: { equals: "red" } } }],
  });
  assert.match(html, /● 998 more: gateway CLIENT/);
  assert.equal(html.match(/>◀ 1</g)?.length, 1);
  assert.match(html, /\(998 spans have none of their own\)/);
  assert.equal(html.match(/<figure><div class="scroll"><svg /g)?.length, html.match(/<svg /g)?.length);
});
