import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { LoadCall } from "@envoy-mesh-lab/load";
import type { Trace } from "@envoy-mesh-lab/trace";
import { gradeEnded, gradeReady, gradeServed, readMembership } from "./restart.ts";

const call = (code: string, traceId?: string) => ({ code, traceId }) as LoadCall;
const trace = (traceId: string, ...spans: [string, string][]) =>
  ({
    traceId,
    spans: spans.map(([spanId, kind]) => ({ spanId, kind, resource: { "service.name": "backend" } })),
  }) as unknown as Trace;

suite("a restart under calls", () => {
  test("may not end a single call otherwise, and what it ended with is told", () => {
    assert.equal(gradeEnded([call("ok"), call("ok")], "ok").ok, true);
    const lost = gradeEnded(
      [call("ok"), call("unavailable", "t1"), call("unavailable"), call("internal")],
      "ok",
    );
    assert.equal(lost.ok, false);
    assert.equal(lost.seen, "3 of 4 did not: 2 with unavailable, 1 with internal");
    assert.deepEqual(lost.faults, [{ code: "call.code" }]);
    assert.deepEqual(lost.traceIds, ["t1"]);
  });

  test("may not have a call served twice; a span that came twice is one, and CLIENT spans are none", () => {
    const codes = (ids: string[], ...traces: Trace[]) =>
      gradeServed(ids, traces, "backend").flatMap((it) => it.faults.map(({ code }) => code));
    const once = trace("t1", ["a", "server"], ["a", "server"], ["b", "client"]);
    const twice = trace("t2", ["a", "server"], ["b", "server"]);
    const never = trace("t3", ["b", "client"]);
    assert.deepEqual(codes(["t1"], once), []);
    assert.deepEqual(codes(["t1", "t2"], once, twice), ["call.served"]);
    assert.deepEqual(codes(["t1", "t3"], once, never), ["trace.missing"]);
    assert.deepEqual(codes(["t1", "t4"], once), ["trace.missing"]);
    const [item] = gradeServed(["t1", "t2"], [once, twice], "backend");
    assert.equal(item?.seen, "1 of 2 were served more than once");
    assert.deepEqual(item?.traceIds, ["t2"]);
  });

  test("goes on once the proxy takes all for healthy, of its own cluster and of no other", () => {
    const stats = [
      "cluster.backend.membership_healthy: 1",
      "cluster.backend.membership_total: 2",
      "cluster.backend_b.membership_healthy: 3",
      "cluster.backend_b.membership_total: 3",
    ].join("\n");
    assert.deepEqual(readMembership(stats, "backend"), { healthy: 1, total: 2 });
    assert.deepEqual(readMembership(stats, "back"), { healthy: undefined, total: undefined });
    assert.deepEqual(readMembership("", "backend"), { healthy: undefined, total: undefined });
  });

  test("says how the proxy sees them where that never comes", () => {
    const seenBy = { proxy: "backend-proxy", cluster: "backend" };
    const one = gradeReady(seenBy, "after backend was restarted", { healthy: 1, total: 2 });
    assert.equal(one.seen, "1 of 2, for 60 s after backend was restarted; so no other was restarted");
    assert.deepEqual(one.faults, [{ code: "restart.unready", edge: "backend-proxy" }]);
    const none = gradeReady(seenBy, "", { healthy: undefined, total: undefined });
    assert.match(none.seen ?? "", /no cluster of that name/);
  });
});
