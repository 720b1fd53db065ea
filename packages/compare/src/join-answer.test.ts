import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { drawnTrace } from "@envoy-mesh-lab/trace/testing";
import { decompose } from "./decompose.ts";
import { byKey } from "./testing/made-span.ts";

/** What becomes of a drawing: the parts in ms, and how many answers were put below a call. */
function divided(drawing: string): { parts: Record<string, number>; rejoined: number; detached: number } {
  const { parts, notes } = decompose(drawnTrace(drawing));
  const inMs = Object.entries(byKey(parts)).map(([key, ns]) => [key, ns / 1e6]);
  return { parts: Object.fromEntries(inMs), rejoined: notes.rejoined, detached: notes.detached };
}

const lost = "parent=00000000deadbeef";

suite("joinAnswer", () => {
  test("the answer goes below a proxy's SERVER span, whose CLIENT span is missing, with a root and without", () => {
    for (const above of ["", "parent=0000000000000bad"]) {
      const proxy = `p SERVER 0-100 scope=envoy name=ingress node_id=x upstream_cluster=b ${above}`;
      assert.deepEqual(divided(`${proxy}\nb SERVER 10-90 ${lost}\n  b CLIENT 20-40 db.system=redis`), {
        parts: { "mixed p inbound \u2192 b": 20, "app b": 60, "waiting b \u2192 redis (no span)": 20 },
        rejoined: 1,
        detached: 0,
      });
    }
  });

  test("it goes there on any clock", () => {
    for (const from of [0, 20, 5000]) {
      const drawing = `p SERVER 0-100 scope=nginx\nb SERVER ${from}-${from + 40} ${lost}`;
      assert.deepEqual(divided(drawing).parts, { "mixed p (proxy) \u2192 b": 60, "app b": 40 });
    }
  });

  test("nothing is joined where it would be a guess", () => {
    const nginx = "scope=nginx";
    const host = "resource.host.id=one";
    for (const drawing of [
      // No proxy, two of them, two answers, another name, a longer answer, outside of it on one clock.
      `a SERVER 0-100\n  a CLIENT 10-90\nb SERVER 20-30 ${lost}`,
      `a SERVER 0-100\n  p SERVER 10-40 ${nginx}\n  p SERVER 50-90 ${nginx}\nb SERVER 20-30 ${lost}`,
      `p SERVER 0-100 ${nginx}\nb SERVER 20-30 ${lost}\nc SERVER 40-50 parent=0000000000000bad`,
      `p SERVER 0-100 name=GET+/x ${nginx}\nb SERVER 20-30 name=GET+/y ${lost}`,
      `p SERVER 0-30 ${nginx}\nb SERVER 20-80 ${lost}`,
      `p SERVER 0-30 ${nginx} ${host}\nb SERVER 40-50 ${host} ${lost}`,
    ]) {
      assert.equal(divided(drawing).rejoined, 0, drawing);
    }
  });
});
