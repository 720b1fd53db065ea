import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { suite, test } from "node:test";
import { expectedHopsFile } from "@envoy-mesh-lab/bootstrap";
import type { Trace } from "@envoy-mesh-lab/trace";
import { readInputs } from "@envoy-mesh-lab/trace/node";
import { drawnTrace, recordedFolder } from "@envoy-mesh-lab/trace/testing";
import { checkTraces } from "../check-traces.ts";
import type { Expected, ExpectedSpan } from "../expected.ts";
import { readExpected } from "../read-expected.ts";
import { joinCauses } from "./causes.ts";

/** The causes in short: code and edge, in how many traces, and in brackets what follows. */
async function causes(traces: Trace[], expected?: Partial<Expected>): Promise<string[]> {
  const report = await checkTraces(traces, {
    expected: expected && { name: "it", hops: [], ...expected },
  });
  return report.causes.map(({ finding, traceIds, follows }) => {
    const below = follows.map((it) => `${it.finding.code} ${it.all.length}`).join(", ");
    return `${finding.code} ${finding.edge} ×${traceIds.length}${below ? ` [${below}]` : ""}`;
  });
}

const ids = (n: number) => String(n).padStart(32, "0");
const many = (drawing: string, count: number) =>
  Array.from({ length: count }, (_, i) => drawnTrace(drawing, ids(i + 1)));
const hop = (
  service: string,
  kind: ExpectedSpan["kind"],
  rest: Partial<ExpectedSpan> = {},
): ExpectedSpan => ({
  ...{ service, kind },
  ...rest,
});

suite("one cause, whatever follows from it", () => {
  test("each mesh that was really broken shows one, by the rules and by the expected hops", async () => {
    const expected = readExpected(expectedHopsFile);
    for (const file of readdirSync(recordedFolder).filter((it) => it.endsWith(".json"))) {
      for (const options of [{}, { expected }]) {
        const traces = readInputs([`${recordedFolder}/${file}`], { notice: assert.fail });
        const report = await checkTraces(traces, options);
        const found = report.reports.some((it) => it.findings.length > 0);
        assert.equal(report.causes.length, found ? 1 : 0, file);
      }
    }
  });

  test("an attribute that is missing from the first hop on is one, in five traces as in one", async () => {
    const drawing =
      "a SERVER 0-10\n  a CLIENT 1-9\n    b SERVER 2-8\n      b CLIENT 3-7\n        c SERVER 4-6";
    const attributes = { "tenant.id": { equals: "blue" } };
    const hops = [
      hop("a", "server"),
      hop("a", "client", { attributes }),
      hop("b", "server", { attributes }),
      hop("b", "client", { attributes }),
      hop("c", "server", { attributes }),
    ];
    assert.deepEqual(await causes(many(drawing, 5), { hops }), [
      "expect.attribute a CLIENT ×5 [expect.attribute 5, expect.attribute 5, expect.attribute 5]",
    ]);
  });

  test("how a call ended went wrong at the lowest span, and is told upwards", async () => {
    const drawing = "a SERVER 0-10 status=error\n  a CLIENT 1-9 status=error\n    b SERVER 2-8 status=error";
    const status = { code: ["unset" as const] };
    const hops = [
      hop("a", "server", { status }),
      hop("a", "client", { status }),
      hop("b", "server", { status }),
    ];
    assert.deepEqual(await causes([drawnTrace(drawing)], { hops }), [
      "expect.status b SERVER ×1 [expect.status 1, expect.status 1]",
    ]);
  });

  test("a lost context explains the roots, and what spans lack below", async () => {
    const drawing = "a SERVER 0-10\n  a CLIENT 1-9\nb SERVER 2-8\n  b CLIENT 3-7 status=ok";
    const attributes = { "tenant.id": { equals: "blue" } };
    const hops = [
      hop("a", "server"),
      hop("a", "client"),
      hop("b", "server", { attributes }),
      hop("b", "client", { attributes }),
    ];
    const [first, ...more] = await causes([drawnTrace(drawing)], { hops, roots: { min: 1, max: 1 } });
    assert.match(first ?? "", /^context\.lost a CLIENT > b SERVER ×1 \[.*trace\.several-roots 1/);
    assert.match(first ?? "", /expect\.attribute 1/);
    assert.deepEqual(more, []);
  });

  test("an attribute above the broken edge has a reason of its own", async () => {
    const drawing = "a SERVER 0-10\n  a CLIENT 1-9\n  b SERVER 2-8\n    b CLIENT 3-7 tenant.id=blue";
    const attributes = { "tenant.id": { equals: "blue" } };
    const found = await causes([drawnTrace(drawing)], { spans: [{ where: { kind: "client" }, attributes }] });
    assert.deepEqual(found, ["hop.sibling a CLIENT > b SERVER ×1", "expect.attribute a CLIENT ×1"].sort());
  });

  test("what a root called did not call the root", async () => {
    const drawing = "a SERVER 0-10\n  a CLIENT 1-9\nb SERVER 2-8\n  b CLIENT 3-7";
    assert.deepEqual(await causes([drawnTrace(drawing)]), ["context.lost a CLIENT > b SERVER ×1"]);
  });

  test("two edges that are broken are two causes, the one below the other or not", async () => {
    const drawing = `
a SERVER 0-100
  a CLIENT 1-99
  b SERVER 3-97
    b CLIENT 10-90
    c SERVER 13-87`;
    assert.deepEqual(await causes([drawnTrace(drawing)]), [
      "hop.sibling a CLIENT > b SERVER ×1",
      "hop.sibling b CLIENT > c SERVER ×1",
    ]);
  });
});

suite("a call that was ended on the way", () => {
  const hops = [
    hop("a", "server"),
    hop("a", "client"),
    hop("p", "server", { direction: "outbound" }),
    hop("p", "client", { direction: "outbound" }),
    hop("b", "server"),
  ];
  const refused = `
a SERVER 0-10 status=error
  a CLIENT 1-9 status=error
    p/outbound SERVER 2-8 http.status_code=503 response_flags=UF
      p/outbound CLIENT 3-7 http.status_code=503 response_flags=UF`;

  test("explains the spans that never were, on the same edge", async () => {
    assert.deepEqual(await causes(many(refused, 5), { hops }), [
      "status.local-reply p outbound SERVER > ? ×5 [context.lost 5]",
    ]);
  });

  test("explains how its callers ended, too few spans of those it never reached, and nothing else", async () => {
    const spans = [
      { where: { service: "b" }, count: { min: 1 } },
      { where: { service: "a", kind: "client" as const }, status: { code: ["unset" as const] } },
      { where: { service: "a" }, attributes: { "tenant.id": { equals: "blue" } } },
    ];
    assert.deepEqual(await causes([drawnTrace(refused)], { spans }), [
      "expect.attribute a SERVER ×1",
      "status.local-reply p outbound SERVER > ? ×1 [expect.count 1, expect.status 1]",
    ]);
  });

  test("explains the attempts that came after it", async () => {
    const retried = `
a CLIENT 0-20
  p/outbound SERVER 1-19 http.status_code=503 response_flags=URX,UF
    p/outbound CLIENT 2-8 http.status_code=503 response_flags=UF
    p/outbound CLIENT 9-18 http.status_code=503 response_flags=UF`;
    assert.deepEqual(await causes([drawnTrace(retried)]), [
      "status.local-reply p outbound SERVER > ? ×1 [retry.hidden 1]",
    ]);
  });

  test("does not explain a call beside it that went well and yet lost its context", async () => {
    const beside = `
a SERVER 0-40 status=error
  a CLIENT 1-9 status=error
    p/outbound SERVER 2-8 http.status_code=504 response_flags=UT
      p/outbound CLIENT 3-7
  a CLIENT 20-30
    p/outbound SERVER 21-29 http.status_code=200
      p/outbound CLIENT 22-28 http.status_code=200
p/inbound/a SERVER 41-42`;
    const codes = (await causes([drawnTrace(beside)])).map((it) => it.split(" ")[0]);
    assert.ok(codes.includes("deadline.proxy-first"), codes.join());
    assert.equal((await causes([drawnTrace(beside)])).filter((it) => it.includes("[context.lost")).length, 0);
  });
});

suite("between traces", () => {
  test("a context that was lost between two explains what the second begins with", async () => {
    const pairs = Array.from({ length: 3 }, (_, n) => {
      const at = (it: number) => it + n * 1000;
      const id = `guid:x-request-id=r${n}`;
      return [
        drawnTrace(
          `e/inbound SERVER ${at(0)}-${at(100)} ${id}\n  e/inbound CLIENT ${at(1)}-${at(99)} ${id}`,
          ids(2 * n + 1),
        ),
        drawnTrace(
          `q/inbound SERVER ${at(2)}-${at(98)} ${id}\n  b SERVER ${at(3)}-${at(97)}`,
          ids(2 * n + 2),
        ),
      ];
    }).flat();
    const hops = [
      hop("e", "server", { direction: "inbound" }),
      hop("e", "client", { direction: "inbound" }),
      hop("q", "server", { direction: "inbound" }),
      hop("b", "server", { attributes: { "tenant.id": { equals: "blue" } } }),
    ];
    assert.deepEqual(await causes(pairs, { hops }), [
      "context.lost e inbound CLIENT > q inbound SERVER ×6 [expect.attribute 3, hop.missing 3]",
      "kind.one-span-proxy q inbound SERVER > b SERVER ×3",
    ]);
  });

  test("ids in an edge do not make causes of their own", async () => {
    const torn = ["00000000000000aa", "00000000000000bb"].map((parent, i) =>
      drawnTrace(`a SERVER 0-10\nb SERVER 20-30 parent=${parent}`, ids(i + 1)),
    );
    const [cause, ...more] = await causes(torn);
    assert.match(cause ?? "", /^span\.missing-parent 00000000000000aa > b SERVER ×2$/);
    assert.deepEqual(more, []);
  });

  test("causes of several checks are joined as if their traces had been checked at once", async () => {
    const drawing = "a SERVER 0-10\n  b CLIENT 1-9\n    c CLIENT 2-8";
    const traces = many(drawing, 4);
    const apart = await Promise.all(traces.map((it) => checkTraces([it])));
    const once = await checkTraces(traces);
    assert.deepEqual(joinCauses(apart.map((it) => it.causes)), once.causes);
  });
});

test("what is ignored or allowed is no cause; what followed from it stands by itself", async () => {
  const drawing = "a SERVER 0-10\n  a CLIENT 1-9\n    p/outbound CLIENT 2-8\n      b SERVER 3-7";
  const hops = [
    hop("a", "server"),
    hop("a", "client"),
    hop("p", "server", { direction: "outbound" }),
    hop("p", "client", { direction: "outbound" }),
    hop("b", "server"),
  ];
  const trace = drawnTrace(drawing);
  assert.deepEqual(await causes([trace], { hops }), [
    "kind.one-span-proxy a CLIENT > p outbound CLIENT ×1 [hop.missing 1]",
  ]);
  assert.deepEqual(await causes([trace], { hops, findings: { allow: ["kind.one-span-proxy"] } }), [
    "hop.missing a CLIENT > p outbound CLIENT ×1",
  ]);
});
