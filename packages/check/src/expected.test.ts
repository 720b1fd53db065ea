import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { LabError } from "@envoy-mesh-lab/trace";
import { drawnTrace } from "@envoy-mesh-lab/trace/testing";
import { checkTraces, hasFailures } from "./check-traces.ts";
import type { Expected } from "./expected.ts";
import { readExpected } from "./read-expected.ts";

/** Reads these lines as a file of expectations. */
function read(...lines: string[]): Expected {
  const folder = mkdtempSync(join(tmpdir(), "envoy-mesh-lab-"));
  try {
    const file = join(folder, "expected.yaml");
    writeFileSync(file, lines.join("\n"));
    return readExpected(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The expectations that a drawn trace does not meet, with what was seen instead. */
async function unmet(drawing: string, ...lines: string[]): Promise<string[]> {
  const report = await checkTraces([drawnTrace(drawing)], { expected: read("name: test", ...lines) });
  const wrong = report.verdict?.items.filter((it) => !it.ok) ?? [];
  assert.equal(report.verdict?.ok, wrong.length === 0);
  assert.equal(hasFailures(report), wrong.length > 0);
  return wrong.map((it) => `${it.path}: ${it.expectation}; seen: ${it.seen}`);
}

/** What is wrong with the file, without its folder. */
function complaints(...lines: string[]): string[] {
  try {
    read(...lines);
  } catch (error) {
    assert.ok(error instanceof LabError);
    assert.equal(error.exitCode, 2);
    return error.message.split("\n").map((it) => it.replace(/^.*expected\.yaml/, "expected.yaml"));
  }
  throw new Error("the file was taken");
}

suite("the file", () => {
  test("everything that is wrong is named with its line and its place", () => {
    const [, ...wrong] = complaints(
      "name: x",
      "hops:",
      "  - { service: edge, kind: servr }",
      "  - service: gateway",
      "    kind: client",
      "    colour: red",
      "    attributes:",
      '      a: { matches: "(" }',
      "findings: { must: [nope] }",
    );
    const text = wrong.join("\n");
    assert.match(text, /expected\.yaml:3: hops\[0\]\.kind: .*server/);
    assert.match(text, /expected\.yaml:6: hops\[1\]: Unrecognized key: "colour"/);
    assert.match(
      text,
      /expected\.yaml:8: hops\[1\]\.attributes\.a\.matches: "\(" is not a regular expression/,
    );
    assert.match(
      text,
      /expected\.yaml:9: findings\.must\[0\]: "nope" is no code of a finding; there are .*context\.lost/,
    );
  });

  test("the manual's example is one", () => {
    const manual = readFileSync(join(repoRoot, "docs", "checking-traces.md"), "utf8");
    const [, example = ""] = /```yaml\n(.*?)```/s.exec(manual) ?? [];
    const expected = read(...example.split("\n"));
    assert.deepEqual(
      expected.hops.map((it) => it.count),
      [undefined, undefined, undefined, undefined, undefined, { min: 3, max: 3 }, { min: 1, max: 3 }],
    );
    assert.equal(expected.hops[2]?.children?.[0]?.[0]?.service, "audit");
  });

  test("no YAML, no file, no mapping", () => {
    assert.match(complaints("name: [x")[0] ?? "", /expected\.yaml: .*line 1/);
    assert.throws(() => readExpected("/nowhere/expected.yaml"), /nowhere/);
    assert.match(complaints("- a").join(), /expected\.yaml:1: /);
    assert.match(complaints("").join(), /expected\.yaml:1: /);
  });

  test("contradictions are refused", () => {
    assert.match(complaints("name: x", "traces: { min: 3, max: 1 }").join(), /min is more than max/);
    assert.match(
      complaints("name: x", "findings: { none: true, must: [context.lost] }").join(),
      /contradict/,
    );
    assert.match(
      complaints("name: x", "spans: [{ attributes: { a: { absent: true, equals: 1 } } }]").join(),
      /absent cannot be joined/,
    );
  });
});

const hop = (text: string) => `  - { ${text} }`;
const chain = [
  "hops:",
  hop("service: a, kind: server, role: app"),
  hop("service: a, kind: client, role: app"),
  hop("service: b, kind: server, role: app"),
];

suite("hops", () => {
  test("a chain that is there", async () => {
    assert.deepEqual(await unmet("a SERVER 0-10\n  a CLIENT 1-9\n    b SERVER 2-8", ...chain), []);
  });

  test("what is not there is reported for each hop, with why for the first", async () => {
    assert.deepEqual(await unmet("a SERVER 0-10\n  a INTERNAL 1-9", "others: allowed", ...chain), [
      "findings: no finding; seen: context.lost at a SERVER > a CLIENT",
      "hops[1]: a CLIENT (app) below a SERVER; seen: the trace ends at a SERVER: no span of a CLIENT, b SERVER",
      "hops[2]: b SERVER (app) below a CLIENT; seen: not there either",
    ]);
  });

  test("an optional hop may be there or not", async () => {
    const lines = [...chain.slice(0, 3), hop("service: p, kind: server, optional: true"), ...chain.slice(3)];
    assert.deepEqual(await unmet("a SERVER 0-10\n  a CLIENT 1-9\n    b SERVER 2-8", ...lines), []);
    const proxied = "a SERVER 0-10\n  a CLIENT 1-9\n    p/outbound SERVER 2-8\n      b SERVER 3-7";
    const wrong = await unmet(proxied, ...lines);
    assert.deepEqual(wrong, []);
  });

  test("a hop may be there several times, as often as it says", async () => {
    const retried = (count: string) => [
      ...chain.slice(0, 3),
      hop("service: p, direction: outbound, kind: server"),
      hop(`service: p, direction: outbound, kind: client, count: ${count}`),
    ];
    const drawing = `
      a SERVER 0-100
        a CLIENT 1-99
          p/outbound SERVER 2-98
            p/outbound CLIENT 3-20
            p/outbound CLIENT 30-50
            p/outbound CLIENT 60-90`;
    assert.deepEqual(await unmet(drawing, ...retried("3")), []);
    assert.deepEqual(await unmet(drawing, ...retried("{ min: 1 }")), []);
    assert.match(
      (await unmet(drawing, ...retried("4"))).join("\n"),
      /4: p outbound CLIENT below p outbound SERVER; seen: 3 spans, expected 4/,
    );
    assert.match((await unmet(drawing, ...retried("2"))).join("\n"), /retry\.hidden/);
  });

  test("branches hang below their hop, beside what follows", async () => {
    const lines = [
      "hops:",
      hop("service: a, kind: server"),
      "  - service: a",
      "    kind: client",
      "    attributes: { to: b }",
      "    children:",
      "      - { service: b, kind: server }",
      "  - { service: c, kind: server, optional: true }",
      "others: allowed",
    ];
    const fits = "a SERVER 0-100\n  a CLIENT 1-30 to=c\n  a CLIENT 40-90 to=b\n    b SERVER 41-89";
    assert.deepEqual(await unmet(fits, ...lines), []);
    assert.match(
      (await unmet(fits.replace("    b SERVER", "  b SERVER"), ...lines)).join("\n"),
      /hops\[1\]\.children\[0\]\[0\]: b SERVER below a CLIENT; seen: both have the same parent a SERVER/,
    );
  });

  test("who made the span is looked at", async () => {
    assert.match(
      (await unmet("p/inbound SERVER 0-1", "hops:", hop("service: p, kind: server, role: app"))).join("\n"),
      /p SERVER \(app\) as root; seen: proxy made the span/,
    );
  });

  test("other spans are reported, unless they are allowed", async () => {
    const drawing = "a SERVER 0-10\n  a CLIENT 1-5\n    b SERVER 2-4\n  x INTERNAL 6-9";
    assert.match((await unmet(drawing, ...chain)).join("\n"), /no other spans; seen: a SERVER > x INTERNAL/);
    assert.deepEqual(await unmet(drawing, "others: allowed", ...chain), []);
  });

  test("a shape that is expected is right, whatever the rules make of it", async () => {
    const drawing = "p/outbound CLIENT 0-10\n  q/outbound CLIENT 1-9";
    assert.equal((await unmet(drawing, "others: allowed")).length, 1);
    const lines = ["hops:", hop("service: p, kind: client"), hop("service: q, kind: client")];
    assert.deepEqual(await unmet(drawing, ...lines), []);
  });
});

suite("what spans say", () => {
  const drawing = "a SERVER 0-10 tenant=blue status=error\n  p/outbound CLIENT 1-9 tenant=blue code=200";
  const about = async (...tests: string[]) =>
    (
      await unmet(drawing, "findings: { allow: [kind.one-span-proxy, status.unseen-by-proxy] }", ...tests)
    ).filter((it) => !it.startsWith("findings"));

  test("attributes: value, pattern, type, presence, absence", async () => {
    const on = (test: string) => about("spans:", `  - { where: { service: p }, attributes: { ${test} } }`);
    for (const test of [
      "tenant: blue",
      "tenant: { matches: ^bl }",
      'code: { equals: "200", type: string }',
      "tenant: { oneOf: [red, blue] }",
      "tenant: { present: true }",
      "secret: { absent: true }",
    ]) {
      assert.deepEqual(await on(test), [], test);
    }
    assert.match(
      (await on("tenant: green")).join(),
      /attribute tenant is "green"; seen: "blue" in p outbound CLIENT/,
    );
    assert.match((await on("code: 200")).join(), /attribute code is 200; seen: "200"/);
    assert.match((await on("code: { type: number }")).join(), /is of type number; seen: "200"/);
    assert.match((await on("tenant: { matches: ^x }")).join(), /matches \/\^x\/; seen: "blue"/);
    assert.match((await on("tenant: { absent: true }")).join(), /tenant is absent; seen: "blue"/);
    assert.match((await on("other: { present: true }")).join(), /other is there; seen: absent/);
  });

  test("every span, and how many there are", async () => {
    assert.deepEqual(await about("spans:", "  - { attributes: { tenant: blue } }"), []);
    assert.match(
      (await about("spans:", "  - { attributes: { code: { present: true } } }")).join(),
      /absent in a SERVER/,
    );
    assert.match(
      (await about("spans:", "  - { where: { role: proxy }, count: 2 }")).join(),
      /2: spans of role proxy; seen: 1/,
    );
    assert.deepEqual(await about("spans:", "  - { where: { service: nobody }, count: 0 }"), []);
    assert.match(
      (await about("spans:", "  - { where: { service: nobody }, status: ok }")).join(),
      /at least 1: .*seen: 0/,
    );
  });

  test("name, status, resource, on hops too", async () => {
    const on = (test: string) => about("others: allowed", "hops:", hop(`service: a, kind: server, ${test}`));
    assert.deepEqual(await on("name: a SERVER, status: error, resource: { service.name: a }"), []);
    assert.match((await on("name: { matches: CLIENT }")).join(), /hops\[0\]\.name: .*seen: "a SERVER"/);
    assert.match((await on("status: [ok, unset]")).join(), /the status is ok or unset; seen: error/);
    assert.match((await on("scope: other")).join(), /instrumentation scope is "other"; seen: "app"/);
  });

  test("events and links", async () => {
    const trace = drawnTrace("a SERVER 0-10");
    const [span] = trace.spans;
    assert.ok(span);
    span.events = [{ name: "exception", timeNs: 1n, attributes: { "exception.type": "Error" } }];
    span.links = [{ traceId: "f".repeat(32), spanId: "e".repeat(16), attributes: {} }];
    const on = async (test: string) => {
      const expected = read("name: x", "spans:", `  - { ${test} }`);
      const { verdict } = await checkTraces([trace], { expected });
      return verdict?.items.filter((it) => !it.ok).map((it) => `${it.path}: ${it.seen}`) ?? [];
    };
    for (const test of [
      "events: [{ name: exception, attributes: { exception.type: Error } }], links: 1",
      "links: [{ traceId: { matches: ^f+$ } }]",
      "events: { count: 1 }",
      "events: [{ name: other, count: 0 }]",
    ]) {
      assert.deepEqual(await on(test), [], test);
    }
    assert.match(
      (await on("events: 0")).join(),
      /spans\[0\]\.events: 1 of 1: "exception" with exception\.type "Error"/,
    );
    assert.match((await on("events: [{ name: retry }]")).join(), /spans\[0\]\.events\.0: 0 of 1/);
    assert.match((await on("links: 0")).join(), /spans\[0\]\.links: 1 of 1: to ffff/);
  });
});

suite("the input as a whole", () => {
  test("traces, roots and findings", async () => {
    const two = [drawnTrace("a SERVER 0-10"), drawnTrace("a SERVER 0-10 parent=zz", "1".repeat(32))];
    const on = async (...lines: string[]) => {
      const { verdict } = await checkTraces(two, { expected: read("name: x", ...lines) });
      return verdict?.items.filter((it) => !it.ok).map((it) => `${it.path}: ${it.seen}`) ?? [];
    };
    assert.deepEqual(await on("traces: 2", "findings: { must: [trace.no-root] }"), []);
    assert.deepEqual(await on("traces: 2", "findings: { allow: [trace.no-root, context.lost] }"), []);
    assert.deepEqual(await on("traces: { max: 1 }", "findings: { must: [trace.no-root] }"), ["traces: 2"]);
    assert.deepEqual(await on("findings: { none: true }"), ["findings: trace.no-root at client > a SERVER"]);
    assert.match(
      (await on("findings: { must: [context.lost], allow: [trace.no-root] }")).join(),
      /findings\.must\[0\]: only trace\.no-root/,
    );
    assert.deepEqual(await on("roots: { max: 1 }"), []);
  });

  test("one trace of very many that is not as expected is enough", async () => {
    const many = Array.from({ length: 3000 }, (_, i) =>
      drawnTrace(
        i === 2500 ? "a SERVER 0-10 tenant=red" : "a SERVER 0-10 tenant=blue",
        String(i).padStart(32, "0"),
      ),
    );
    const expected = read("name: x", "spans:", "  - { attributes: { tenant: blue } }");
    const { verdict } = await checkTraces(many, { expected });
    assert.equal(verdict?.ok, false);
    assert.deepEqual(
      verdict?.items.filter((it) => !it.ok && it.traceId).map((it) => it.traceId),
      [String(2500).padStart(32, "0")],
    );
  });

  test("allowed findings are told apart, and the check does not fail for them", async () => {
    const expected = read("name: x", "findings: { must: [trace.no-root] }");
    const report = await checkTraces([drawnTrace("a SERVER 0-10 parent=zz")], { expected });
    assert.equal(hasFailures(report), false);
    assert.equal(report.clean, 1);
    assert.deepEqual(
      report.reports.map((it) => [it.findings.length, it.allowed.map((that) => that.code)]),
      [[0, ["trace.no-root"]]],
    );
  });

  test("an item says on which line it is written", async () => {
    const expected = read("name: x", ...chain);
    const { verdict } = await checkTraces([drawnTrace("a SERVER 0-10")], { expected });
    assert.deepEqual(
      verdict?.items.filter((it) => it.path.startsWith("hops")).map((it) => [it.path, it.line]),
      [
        ["hops[0]", 3],
        ["hops[1]", 4],
        ["hops[2]", 5],
      ],
    );
  });
});
