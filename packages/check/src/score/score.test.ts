import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { drawnTrace, makeSpan, recordedTraces } from "@envoy-mesh-lab/trace/testing";
import { renderScore, scoreToJson } from "./render-score.ts";
import type { ScoreReport } from "./score.ts";
import { scoreTraces } from "./score.ts";
import { scoreRules } from "./score-rules.ts";

const ids = (n: number) => String(n).padStart(32, "0");
const failedOf = ({ services }: ScoreReport, service: string) =>
  services
    .find((it) => it.service === service)
    ?.rules.filter((it) => it.state === "failed")
    .map((it) => it.id);

suite("each rule that traces show", () => {
  const cases: [string, string, string[]][] = [
    ["nothing wrong", "a SERVER 0-10 resource.service.instance.id=i", []],
    ["no instance", "a SERVER 0-10", ["RES-001"]],
    [
      "on Kubernetes without uid",
      "a SERVER 0-10 resource.service.instance.id=i resource.k8s.pod.name=p",
      ["RES-003"],
    ],
    ["on Kubernetes with it", "a SERVER 0-10 resource.service.instance.id=i resource.k8s.pod.uid=u", []],
    [
      "a service's attribute on a span",
      "a SERVER 0-10 resource.service.instance.id=i service.version=1",
      ["RES-004"],
    ],
    [
      "a request's on a resource",
      "a SERVER 0-10 resource.service.instance.id=i resource.url.path=/x",
      ["RES-004"],
    ],
    ["an orphan", "a SERVER 0-10 resource.service.instance.id=i parent=zz", ["SPA-002"]],
    ["a client root", "a CLIENT 0-10 resource.service.instance.id=i", ["SPA-004"]],
  ];
  for (const [name, drawing, rules] of cases) {
    test(name, async () => assert.deepEqual(failedOf(await scoreTraces([drawnTrace(drawing)]), "a"), rules));
  }

  test("more than 10 INTERNAL spans of a service, and more than 20 short ones of a trace", async () => {
    const spans = (count: number, kind: "internal" | "client", ms: bigint) => [
      makeSpan({ spanId: "0", service: "a", endNs: 100_000_000n }),
      ...Array.from({ length: count }, (_, i) =>
        makeSpan({
          ...{ spanId: `${i + 1}`, parentSpanId: "0", service: "a", kind },
          endNs: 1_000_000n + ms * 1_000_000n,
        }),
      ),
    ];
    const failed = async (...args: Parameters<typeof spans>) =>
      failedOf(await scoreTraces([{ traceId: ids(1), spans: spans(...args) }]), "a");
    assert.deepEqual(await failed(10, "internal", 6n), ["RES-001"]);
    assert.deepEqual(await failed(11, "internal", 6n), ["RES-001", "SPA-001"]);
    assert.deepEqual(await failed(20, "client", 4n), ["RES-001"]);
    assert.deepEqual(await failed(21, "client", 4n), ["RES-001", "SPA-005"]);
  });

  test("an instance id that two pods share", async () => {
    const pod = (name: string, n: number) =>
      drawnTrace(`a SERVER 0-10 resource.service.instance.id=i resource.k8s.pod.uid=${name}`, ids(n));
    assert.deepEqual(failedOf(await scoreTraces([pod("p", 1), pod("p", 2)]), "a"), []);
    assert.deepEqual(failedOf(await scoreTraces([pod("p", 1), pod("q", 2)]), "a"), ["RES-002"]);
  });

  test("a resource without a name", async () => {
    const span = { ...makeSpan({ spanId: "1" }), resource: {} };
    const report = await scoreTraces([{ traceId: ids(1), spans: [span] }]);
    assert.deepEqual(failedOf(report, ""), ["RES-001", "RES-005"]);
    assert.match(renderScore(report), /✘ \(without service\.name\): /);
  });
});

test("the score weighs what was judged, and nothing else", async () => {
  const [a] = (await scoreTraces([drawnTrace("a CLIENT 0-10 resource.service.instance.id=i")])).services;
  // Judged: RES-001 (20), RES-002 (30), RES-004 (30), RES-005 (40), SPA-001 and SPA-002 (20 each), SPA-004 and SPA-005 (30 each).
  assert.deepEqual([a?.score, a?.category], [(100 * 190) / 220, "Good"]);
});

test("every rule of the specification is judged or said not to be, and why", async () => {
  const report = await scoreTraces(recordedTraces("whole"));
  for (const { rules } of report.services) {
    assert.equal(rules.length, Object.keys(scoreRules).length);
    for (const it of rules) assert.ok(it.state !== "not judged" || it.seen);
  }
  const text = renderScore(report);
  assert.match(text, /might not be complete/);
  assert.match(
    text,
    /\n {2}MET-001, .*MET-006: traces hold no metrics\n {2}LOG-001, LOG-002: traces hold no logs\n/,
  );
  assert.equal((scoreToJson(report) as { complete: boolean }).complete, false);
});

test("the order of traces changes nothing", async () => {
  const traces = [3, 1, 2].map((n) =>
    drawnTrace(
      `a CLIENT 0-10 resource.service.instance.id=i resource.host.id=h${n}\n  b SERVER 1-9 parent=zz`,
      ids(n),
    ),
  );
  assert.deepEqual(await scoreTraces(traces.toReversed()), await scoreTraces(traces));
});
