import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { expectedHopsFile } from "@envoy-mesh-lab/bootstrap";
import { checkTraces } from "@envoy-mesh-lab/check";
import { readExpected } from "@envoy-mesh-lab/check/node";
import { recordedTraces } from "@envoy-mesh-lab/trace/testing";
import { faultsOf, gradeReports } from "./grade.ts";
import { receivedHeader } from "./received-header.ts";
import { unlikeStart } from "./verify.ts";

const expected = readExpected(expectedHopsFile);

/** Grades a trace of a mesh that was really broken. */
async function grade(name: string) {
  const traces = recordedTraces(name);
  const items = gradeReports([await checkTraces(traces, { expected })], "expected-hops.yaml");
  const checks = [{ name, ok: items.every((it) => it.ok), items, traceIds: [], drawn: [] }];
  return { items, traces, faults: faultsOf({ checks }), checks };
}

suite("a grade of recorded traces", () => {
  test("a whole trace has every item, and no fault", async () => {
    const { items, faults } = await grade("whole");
    assert.ok(items.every((it) => it.ok));
    assert.equal(items.filter((it) => /below|as root/.test(it.expectation)).length, expected.hops.length);
    assert.deepEqual(faults, []);
  });

  test("one mistake is one item: what follows from it is told with it", async () => {
    const { items } = await grade("injected-early");
    const wrong = items.filter((it) => !it.ok);
    assert.equal(wrong.length, 1);
    assert.deepEqual(
      wrong[0]?.faults.map((it) => it.code),
      ["hop.sibling"],
    );
    assert.match(wrong[0]?.expectedAt ?? "", /^expected-hops\.yaml:\d+$/);
  });

  test("hops that are missing after another are counted, not listed", async () => {
    const { items, faults } = await grade("not-injected");
    assert.match(items.find((it) => !it.ok)?.expectation ?? "", /and the \d+ hops after it$/);
    assert.ok(faults.some((it) => it.code === "context.lost"));
  });

  test("what only a rule found is reported in its words", async () => {
    const { items } = await grade("one-span-proxy");
    const last = items.at(-1);
    assert.equal(last?.ok, false);
    assert.match(last?.seen ?? "", /^kind\.one-span-proxy at /);
  });
});

test("words decide nothing: a grade in another language is the same", async () => {
  for (const name of ["injected-early", "not-injected", "one-span-proxy", "whole"]) {
    const report = await checkTraces(recordedTraces(name), { expected });
    const inAnother = (text: string) => text.split("").reverse().join("");
    const items = report.verdict?.items.map((it) => ({
      ...it,
      expectation: inAnother(it.expectation),
      seen: inAnother(it.seen),
    }));
    const other = {
      ...report,
      verdict: { name: "", ok: false, asExpected: 0, expectations: [], items: items ?? [] },
    };
    const plainly = (it: typeof report) =>
      gradeReports([it], "expected-hops.yaml").map(({ ok, faults, follows, spanIds }) => ({
        ok,
        faults,
        follows,
        spanIds,
      }));
    assert.deepEqual(plainly(other), plainly(report), name);
  }
});

suite("a start has to show what it says, and nothing else", () => {
  const edge = "gateway CLIENT > gateway-proxy outbound SERVER";
  test("it does", async () => {
    const { checks } = await grade("injected-early");
    assert.equal(unlikeStart([{ code: "hop.sibling", edge }], { checks, ok: false }), undefined);
    assert.equal(unlikeStart([{ code: "hop.sibling" }], { checks, ok: false }), undefined);
  });
  test("it shows something else, elsewhere, or nothing", async () => {
    const { checks } = await grade("injected-early");
    assert.match(
      unlikeStart([{ code: "context.lost" }], { checks, ok: false }) ?? "",
      /does not show context\.lost; it also shows hop\.sibling at /,
    );
    assert.match(
      unlikeStart([{ code: "hop.sibling", edge: "a > b" }], { checks, ok: false }) ?? "",
      /does not show hop\.sibling at a > b; it also shows/,
    );
    const whole = await grade("whole");
    assert.match(
      unlikeStart([{ code: "hop.sibling" }], { checks: whole.checks, ok: true }) ?? "",
      /it passes; it does not show/,
    );
  });
});

suite("what the header said", () => {
  test("is said of the span that it led astray", async () => {
    const { items, traces } = await grade("injected-early");
    const [trace] = traces;
    const spanId = items.find((it) => !it.ok)?.spanIds[0];
    assert.ok(trace);
    assert.match(
      receivedHeader(trace, spanId) ?? "",
      /came to gateway-proxy outbound SERVER named the span of gateway SERVER: 00-[0-9a-f]{32}-[0-9a-f]{16}/,
    );
    const root = trace.spans.find((it) => it.parentSpanId === undefined);
    assert.match(receivedHeader(trace, root?.spanId) ?? "", /^no traceparent came to edge/);
    const client = trace.spans.find((it) => it.kind === "client");
    assert.equal(receivedHeader(trace, client?.spanId), undefined);
    assert.equal(receivedHeader(trace, undefined), undefined);
  });
});
