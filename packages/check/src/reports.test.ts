import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { escapeMarkup } from "@envoy-mesh-lab/trace";
import { drawnTrace } from "@envoy-mesh-lab/trace/testing";
import { checkTraces } from "./check-traces.ts";
import type { Expected } from "./expected.ts";
import { toGithub } from "./github.ts";
import { toJson } from "./json.ts";
import { toJunit } from "./junit.ts";
import { renderReport } from "./render.ts";

const clean = drawnTrace("a SERVER 0-10", "1".repeat(32));
const broken = drawnTrace("a SERVER 0-10\n  b CLIENT 1-9\n    c CLIENT 2-8", "2".repeat(32));
const orphan = drawnTrace("a SERVER 0-10 parent=zz", "3".repeat(32));
const expected: Expected = {
  name: 'it is "so" & <so>',
  hops: [],
  spans: [{ attributes: { tenant: { equals: "50%,\nred" } } }],
  findings: { allow: ["kind.client-client"] },
  source: { file: "expected.yaml", lineOf: ([first]) => (first === "spans" ? 7 : undefined) },
};
const words = (options: Partial<Parameters<typeof renderReport>[1]> = {}) => ({
  expected: undefined,
  checklist: false,
  color: false,
  ...options,
});

suite("in words", () => {
  test("one clean trace is one line", async () => {
    assert.equal(
      renderReport(await checkTraces([clean]), words()),
      `trace ${"1".repeat(32)}\n✔ 1 span, and no rule found anything wrong.`,
    );
  });

  test("each trace is reported with where it is to be seen", async () => {
    const link = (traceId: string) => `in Tempo: http://tempo/${traceId}`;
    const places = (text: string) => text.match(/^ {2}in Tempo: .*$/gm);
    assert.deepEqual(places(renderReport(await checkTraces([clean]), words({ link }))), [
      `  ${link(clean.traceId)}`,
    ]);
    assert.deepEqual(places(renderReport(await checkTraces([clean, broken]), words({ link }))), [
      `  ${link(broken.traceId)}`,
    ]);
  });

  test("notes are reported below, and nothing is drawn for them", async () => {
    const quirks = [{ code: "shared-span-id" as const, message: "shares its id", spanIds: ["1"] }];
    const report = await checkTraces([{ ...clean, quirks }]);
    assert.equal(report.clean, 1);
    assert.equal(
      renderReport(report, words()),
      `trace ${"1".repeat(32)}\n✔ 1 span, and no rule found anything wrong.\n\n1 note:\n  input.shared-span-id: a span shares its id (1)`,
    );
  });

  test("many traces begin with a summary; each finding is reported once, beside the trace", async () => {
    const text = renderReport(await checkTraces([clean, broken, orphan]), words());
    assert.match(
      text,
      /^3 traces, 5 spans: 1 clean, 2 with findings\n {2}kind\.client-client {7}1 {2}warning\n {2}trace\.no-root {12}1 {2}warning\n/,
    );
    assert.equal(text.match(/kind\.client-client {2}b CLIENT > c CLIENT/g)?.length, 1);
    assert.match(text, /└ c +CLIENT .*◀ 1/);
  });

  test("one cause is reported once, with in how many traces and one of them; different ones are counted from 20 on", async () => {
    const many = Array.from({ length: 30 }, (_, i) =>
      drawnTrace("a SERVER 0-10 parent=zz", String(i + 10).repeat(16)),
    );
    const text = renderReport(await checkTraces([...many, clean]), words());
    assert.match(text, /\n✘ 1 cause of 30 findings\n\n 1\. trace\.no-root {2}client > a SERVER\n/);
    assert.match(text, /\n {4}in: {5}30 of 31 traces, e\.g\. 1010/);
    assert.equal(text.match(/remedy:/g)?.length, 1);
    const different = many.map((it, i) => ({
      ...it,
      spans: it.spans.map((span) => ({ ...span, resource: { "service.name": `s${i}` } })),
    }));
    assert.match(renderReport(await checkTraces(different), words()), /\n… and 10 more causes; --json/);
  });

  test("what follows from a cause is folded below it", async () => {
    const hops = ["a", "b", "c"].map((service) => ({
      ...{ service, kind: "server" as const },
      attributes: { tenant: { equals: "red" } },
    }));
    const chain = drawnTrace("a SERVER 0-10\n  b SERVER 1-9\n    c SERVER 2-8");
    const traces = [chain, drawnTrace("a SERVER 0-10\n  b SERVER 1-9\n    c SERVER 2-8", "9".repeat(32))];
    const report = await checkTraces(traces, {
      expected: { name: "it", hops },
      ignore: new Set(["kind.server-server"]),
    });
    assert.match(
      renderReport(report, words()),
      /\n {4}from it follow 4 more findings:\n {6}expect\.attribute {2}b SERVER: tenant \(in 2 of 2 traces\)\n {6}expect\.attribute {2}c SERVER: tenant \(in 2 of 2 traces\)\n/,
    );
  });

  test("docs/checking-traces.md shows what is printed; its … stands for any text", async () => {
    const flags = "response_flags=UF http.status_code=503 status=error";
    const way = (dead: boolean) => `
      gateway SERVER 0-100 ${dead ? "status=error" : ""}
        gateway CLIENT 5-95 rpc.method=/cafe.v1.Brewer/Brew ${dead ? "status=error" : ""}
          gateway-proxy/outbound/gateway SERVER 10-90 ${dead ? flags : ""}
            gateway-proxy/outbound/gateway CLIENT 12-88 ${dead ? flags : ""}`;
    const whole = `${way(false)}
              backend-proxy/inbound/backend SERVER 20-80
                backend-proxy/inbound/backend CLIENT 22-78
                  backend SERVER 25-75`;
    const traces = Array.from({ length: 30 }, (_, i) =>
      drawnTrace(i % 6 === 0 ? way(true) : whole, String(i + 10).repeat(16)),
    );
    const hops = [
      { service: "gateway", kind: "server" as const },
      { service: "gateway", kind: "client" as const },
      { service: "gateway-proxy", kind: "server" as const, direction: "outbound" as const },
      { service: "gateway-proxy", kind: "client" as const, direction: "outbound" as const },
      { service: "backend-proxy", kind: "server" as const, direction: "inbound" as const },
      { service: "backend-proxy", kind: "client" as const, direction: "inbound" as const },
      { service: "backend", kind: "server" as const },
    ];
    const text = renderReport(await checkTraces(traces, { expected: { name: "it", hops } }), words());
    const docs = readFileSync(new URL("../../../docs/checking-traces.md", import.meta.url), "utf8");
    const [, shown = ""] = /```text\n(\d+ traces, .*?)```/s.exec(docs) ?? [];
    assert.ok(shown.split("\n").length > 10, "docs/checking-traces.md shows no report");
    const pattern = shown
      .trimEnd()
      .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
      .replaceAll("…", "[^\n]+");
    assert.match(
      text,
      new RegExp(`^${pattern}$`, "m"),
      `docs/checking-traces.md shows\n${shown}\nand printed is\n${text}`,
    );
  });

  test("docs/checking-traces.md shows a checklist as it is printed", async () => {
    const hop = (service: string, kind: "server" | "client", direction?: "inbound" | "outbound") => ({
      ...{ service, kind },
      ...(direction === undefined ? {} : { direction, role: "proxy" as const }),
    });
    const order: Expected = {
      name: "an order that is tried three times",
      roots: { min: 1, max: 1 },
      hops: [
        hop("gateway-proxy", "server", "inbound"),
        hop("gateway-proxy", "client", "inbound"),
        hop("gateway", "server"),
        hop("gateway", "client"),
        hop("gateway-proxy", "server", "outbound"),
        { ...hop("gateway-proxy", "client", "outbound"), count: { min: 3, max: 3 } },
      ],
      source: { file: "order.yaml", lineOf: ([, number]) => (number === 5 ? 15 : undefined) },
    };
    const once = drawnTrace(`
      gateway-proxy/inbound/gateway SERVER 0-100
        gateway-proxy/inbound/gateway CLIENT 1-99
          gateway SERVER 2-98
            gateway CLIENT 3-97
              gateway-proxy/outbound/gateway SERVER 4-96
                gateway-proxy/outbound/gateway CLIENT 5-95`);
    const text = renderReport(
      await checkTraces([once], { expected: order }),
      words({ expected: order, checklist: true }),
    );
    const docs = readFileSync(new URL("../../../docs/checking-traces.md", import.meta.url), "utf8");
    const [, shown = ""] = /```text\n(✘ an order .*?)\n```/s.exec(docs) ?? [];
    const [head, ...lines] = shown.split("\n");
    assert.ok(lines.length > 2, "docs/checking-traces.md shows no checklist");
    for (const it of [head, ...lines]) assert.ok(text.includes(`${it}\n`), `${it}\nis not in\n${text}`);
  });

  test("many traces that are as expected are one line", async () => {
    const good = Array.from({ length: 30 }, (_, i) => drawnTrace("a SERVER 0-10", String(i + 10).repeat(16)));
    const everywhere: Expected = { name: "it", hops: [], spans: [{ where: { service: "a" } }] };
    const report = await checkTraces(good, { expected: everywhere });
    assert.equal(
      renderReport(report, words({ expected: everywhere, checklist: true })),
      "30 traces, 30 spans: 30 clean, 0 with findings\n\n✔ it: 2 of 2 as expected in each of 30 traces",
    );
  });

  test("a checklist of many traces counts, and tells only what is not met", async () => {
    const report = await checkTraces([clean, broken, orphan], { expected });
    const text = renderReport(report, words({ expected, checklist: true }));
    assert.match(text, /✘ it is "so" & <so>: 2 of 3 expectations are not met; 0 of 3 traces as expected\n/);
    assert.match(text, /line 7, see 1\)\n {6}seen: absent in a SERVER \(in 3 of 3 traces, e\.g\. 1{32}\)/);
    assert.match(text, /\n {2}✔ 1 more, met in every trace$/);
  });

  test("a checklist says what was seen instead, and on which line it is written", async () => {
    const report = await checkTraces([clean], { expected });
    assert.match(
      renderReport(report, words({ expected, checklist: true })),
      /✘ every span: attribute tenant is "50%,\\nred" {2}\(spans\[0\]\.attributes\.tenant, line 7, see 1\)\n {6}seen: absent in a SERVER/,
    );
  });
});

test("JSON has what the manual says", async () => {
  const json = JSON.parse(JSON.stringify(toJson(await checkTraces([clean, broken], { expected }))));
  assert.deepEqual(Object.keys(json), [
    "version",
    "expected",
    "traces",
    "spans",
    "clean",
    "counts",
    "causes",
    "findings",
    "allowed",
    "verdict",
  ]);
  assert.deepEqual(
    json.allowed.map((it: object) => Object.keys(it).sort()),
    [["cause", "code", "edge", "evidence", "remedy", "severity", "spanIds", "traceId"]],
  );
  assert.equal(json.verdict.ok, false);
  const item = json.verdict.items.find(
    (it: { ok: boolean; path: string }) => !it.ok && it.path !== "findings",
  );
  assert.deepEqual(Object.keys(item).sort(), [
    "cause",
    "code",
    "edge",
    "expectation",
    "kind",
    "line",
    "ok",
    "path",
    "remedy",
    "seen",
    "spanIds",
    "state",
    "traceId",
  ]);
  const [cause] = json.causes;
  assert.deepEqual(
    [cause.code, cause.severity, cause.traces, cause.findings, cause.traceId, cause.follows],
    ["expect.attribute", "error", 2, 2, "1".repeat(32), []],
  );
  assert.deepEqual(
    json.verdict.expectations.map((it: { ok: boolean; traces: number; met: number; path: string }) => [
      ...[it.path, it.ok, it.traces, it.met],
    ]),
    [
      ["findings", false, 1, 0],
      ["spans[0]", true, 2, 2],
      ["spans[0].attributes.tenant", false, 2, 0],
    ],
  );
  const one = toJson(await checkTraces([clean])) as { traceId: string; expected: null };
  assert.deepEqual([one.traceId, one.expected], ["1".repeat(32), null]);
});

suite("JUnit XML", () => {
  test("counts cases and failures, and escapes what XML would read", async () => {
    const xml = toJunit(await checkTraces([clean, broken, orphan], { expected }));
    assert.match(xml, /<testsuites name="trace check" tests="\d+" failures="\d+">/);
    assert.match(xml, /<testsuite name="expected: it is &quot;so&quot; &amp; &lt;so&gt;"/);
    assert.match(xml, /<failure type="trace\.no-root" message="in 1 of 3 traces, e\.g\. 3{32}: every span/);
    // Two causes, and of the three expectations two.
    assert.equal(xml.match(/<failure /g)?.length, 4);
    const cases = xml.match(/<testcase /g)?.length;
    const failures = xml.match(/<failure /g)?.length;
    assert.match(xml, new RegExp(`<testsuites name="trace check" tests="${cases}" failures="${failures}">`));
  });

  test("an expectation that is unmet only because a hop before it is, is skipped", async () => {
    const hops = ["a", "b", "c", "d"].map((service) => ({ service, kind: "server" as const }));
    const xml = toJunit(await checkTraces([clean], { expected: { name: "it", hops } }));
    assert.match(xml, /name="b SERVER below a SERVER">\n +<failure type="context\.lost"/);
    assert.equal(xml.match(/<skipped message="/g)?.length, 2);
  });

  test("notes are no failures", async () => {
    const quirks = [{ code: "shared-span-id" as const, message: "shares its id", spanIds: ["1"] }];
    const xml = toJunit(await checkTraces([{ ...clean, quirks }]));
    assert.match(xml, /failures="0"/);
    assert.match(xml, /<system-out>seen: a span shares its id/);
  });

  test("characters that XML cannot write are replaced", () => {
    assert.equal(escapeMarkup("a\u0000b\u001b<\ud800>\n"), "a\ufffdb\ufffd&lt;\ufffd&gt;\n");
  });
});

suite("GitHub annotations", () => {
  test("one line each, escaped, at the line of the expectation", async () => {
    const report = await checkTraces([clean], { expected });
    assert.equal(report.verdict?.ok, false);
    const text = toGithub(report, "a,b.yaml");
    assert.equal(text.split("\n").length, 1);
    assert.match(text, /^::error file=a%2Cb\.yaml,line=7,title=expect\.attribute%3A a SERVER::/);
    assert.match(text, /tenant is "50%25,\\nred"; seen: absent%0Acause: /);
  });

  test("one for each cause; no more of a level than GitHub shows, and the rest is counted", async () => {
    const many = Array.from({ length: 30 }, (_, i) =>
      drawnTrace("a SERVER 0-10 parent=zz", String(i + 10).repeat(16)),
    );
    const [one, ...more] = toGithub(await checkTraces(many), undefined).split("\n");
    assert.match(one ?? "", /^::warning title=trace\.no-root.*%0Ain 30 of 30 traces, e\.g\. 1010/);
    assert.deepEqual(more, []);
    const different = many.map((it, i) => ({
      ...it,
      spans: it.spans.map((span) => ({ ...span, resource: { "service.name": `s${i}` } })),
    }));
    const lines = toGithub(await checkTraces(different), undefined).split("\n");
    assert.equal(lines.length, 10);
    assert.match(lines[9] ?? "", /^::warning title=trace check::21 more findings/);
  });

  test("nothing, when nothing was found", async () => {
    assert.equal(toGithub(await checkTraces([clean]), undefined), "");
  });
});
