import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Trace } from "@envoy-mesh-lab/trace";
import { drawnTrace } from "@envoy-mesh-lab/trace/testing";
import { checkTraces } from "./check-traces.ts";

/** Traces of these drawings, with ids 111…, 222… and so on. */
const traces = (...drawings: string[]): Trace[] =>
  drawings.map((it, i) => {
    const id = String(i + 1);
    const trace = drawnTrace(it, id.repeat(32));
    // Span ids are unique over all traces, as real ones are.
    for (const span of trace.spans) {
      span.spanId = `${id}.${span.spanId}`;
      if (span.parentSpanId) span.parentSpanId = `${id}.${span.parentSpanId}`;
    }
    return trace;
  });

/** What is found, as "code: edge", whatever order the traces come in. */
async function found(...drawings: string[]): Promise<string[]> {
  const list = async (all: Trace[]) =>
    (await checkTraces(all)).reports
      .flatMap((it) => it.findings)
      .map((it) => `${it.code}: ${it.edge}`)
      .sort();
  const all = traces(...drawings);
  const result = await list(all);
  assert.deepEqual(await list(all.toReversed()), result);
  return result;
}

suite("names of spans", () => {
  const named = (name: (i: number) => string) =>
    found(
      ...Array.from({ length: 9 }, (_, n) =>
        Array.from(
          { length: 9 },
          (_, i) =>
            `edge SERVER ${i}-${i + 1} parent=${i === 0 ? "" : `${n + 1}.1`} id=${i + 1} scope=envoy name=${name(n * 9 + i)}`,
        ).join("\n"),
      ),
    );

  test("as many as there are hosts or ids, told once for all traces", async () => {
    assert.deepEqual(
      (
        await named((i) => `egress+host-${"abcdefghi"[i % 9]}${"abcdefghi"[Math.floor(i / 9)]}.example`)
      ).filter((it) => it.startsWith("span.many")),
      ["span.many-names: edge"],
    );
    assert.deepEqual(
      (await named((i) => `GET+/orders/${i}`)).filter((it) => it.startsWith("span.many")),
      ["span.many-names: edge"],
    );
  });

  test("not where names are few, or many for what they are", async () => {
    const letters = (i: number) => `${"abcdefghi"[i % 9]}${"abcdefghi"[Math.floor(i / 9)]}`;
    assert.deepEqual(
      (await named((i) => `GET+/${letters(i)}`)).filter((it) => it.startsWith("span.many")),
      [],
    );
    assert.deepEqual(
      (await named((i) => `GET+/${i % 9}`)).filter((it) => it.startsWith("span.many")),
      [],
    );
  });
});

suite("a context that was lost between two traces", () => {
  test("a side call of an Envoy: by the path that its name tells", async () => {
    const asked = `
      edge/inbound SERVER 0-100 http.url=http://x/cart
        edge/inbound CLIENT 10-40 name=async+envoy.service.ext_proc.v3.ExternalProcessor.Process+egress
        edge/inbound CLIENT 50-90
          shop SERVER 51-89 url.path=/cart`;
    const path = "rpc.method=envoy.service.ext_proc.v3.ExternalProcessor/Process";
    assert.deepEqual(await found(asked, `proc SERVER 15-35 ${path}`), [
      "context.lost: edge inbound CLIENT > proc SERVER",
    ]);
    const [report] = (await checkTraces(traces(asked, `proc SERVER 15-35 ${path}`))).reports;
    assert.match(report?.findings[0]?.cause ?? "", /ext_proc passes it on from 1\.31/);
  });

  const caller = "a SERVER 0-100\n  a CLIENT 10-90 rpc.method=s.S/M";

  test("the root of the one fits into an open call of the other by time and path", async () => {
    assert.deepEqual(await found(caller, "b SERVER 20-80 rpc.method=s.S/M"), [
      "context.lost: a CLIENT > b SERVER",
    ]);
    const [report] = (await checkTraces(traces(caller, "b SERVER 20-80 rpc.method=s.S/M"))).reports;
    assert.deepEqual(report?.findings[0]?.otherTraceIds, ["2".repeat(32)]);
  });

  test("not at another time, of another path, below a call that goes on, or without a path", async () => {
    assert.deepEqual(await found(caller, "b SERVER 120-180 rpc.method=s.S/M"), []);
    assert.deepEqual(await found(caller, "b SERVER 20-80 rpc.method=s.S/Other"), []);
    assert.deepEqual(await found(caller, "b SERVER 20-80"), []);
    assert.deepEqual(await found(`${caller}\n    b SERVER 20-80`, "b SERVER 20-80 rpc.method=s.S/M"), []);
  });

  test("not where as many other roots of that kind come from elsewhere at the same time", async () => {
    const root = "b SERVER 20-80 rpc.method=s.S/M";
    assert.deepEqual(await found(caller, root, root), []);
  });

  test("not the other way of the same proxy, and not another proxy than the sidecar's own application", async () => {
    const sidecar = "p/inbound/a SERVER 0-100 http.url=http://a/s.S/M\n  p/inbound/a CLIENT 1-99";
    const root = (proxy: string) => `${proxy} SERVER 20-80 http.url=http://a/s.S/M`;
    assert.deepEqual(await found(sidecar, root("p/inbound/a")), []);
    assert.deepEqual(await found(sidecar, root("q/inbound/b")), []);
    assert.deepEqual(await found(sidecar, "a SERVER 20-80 rpc.method=s.S/M"), [
      "context.lost: p inbound CLIENT > a SERVER",
    ]);
  });

  test("the server behind a proxy did not extract it", async () => {
    assert.deepEqual(
      await found(
        "p/inbound SERVER 0-100 http.url=http://b/s.S/M\n  p/inbound CLIENT 1-99",
        "b SERVER 2-98 rpc.method=s.S/M",
      ),
      ["context.lost: p inbound CLIENT > b SERVER"],
    );
  });

  test("a handler calls outside of its context: told by the request id", async () => {
    const id = "guid:x-request-id=r1";
    const handler = (requestId: string) => `p/inbound CLIENT 0-100 ${requestId}\n  a SERVER 1-99`;
    const call = `a CLIENT 10-90\n  p/outbound SERVER 11-89 ${id}`;
    assert.deepEqual(await found(handler(id), call), ["context.lost: a SERVER > a CLIENT"]);
    assert.deepEqual(await found(handler("guid:x-request-id=r2"), call), []);
    assert.deepEqual(await found(handler(id).replace("a SERVER", "b SERVER"), call), []);
  });

  test("what only could be guessed from one trace is reported once", async () => {
    const sidecar = `
      a-proxy/inbound/a SERVER 0-100
        a SERVER 1-99
          a CLIENT 10-90 rpc.method=s.S/M`;
    const all = await found(sidecar, "b SERVER 20-80 rpc.method=s.S/M");
    assert.deepEqual(
      all.filter((it) => it.startsWith("context.lost")),
      ["context.lost: a CLIENT > b SERVER"],
    );
  });
});

suite("calls of which only a part goes on", () => {
  const whole = "a SERVER 0-100\n  a CLIENT 10-90 rpc.method=s.S/M\n    b SERVER 20-80";
  const half = "a SERVER 0-100\n  a CLIENT 10-90 rpc.method=s.S/M";

  test("are counted, and told once for all traces", async () => {
    const report = await checkTraces(traces(whole, half, half, whole));
    const [finding, ...more] = report.reports.flatMap((it) => it.findings);
    assert.equal(finding?.code, "sampling.mixed");
    assert.match(
      finding?.evidence ?? "",
      /of 4 calls of a CLIENT \/s\.S\/M that succeeded, 2 have spans below them and 2 \(50\.0 %\)/,
    );
    assert.deepEqual([more.length, report.clean], [0, 2]);
  });

  test("not a call that is known to have lost its context", async () => {
    assert.deepEqual(await found(whole, half, "b SERVER 20-80 rpc.method=s.S/M"), [
      "context.lost: a CLIENT > b SERVER",
    ]);
  });

  test("not two calls of one trace", async () => {
    const calls = (n: number) =>
      `a SERVER 0-900\n  a CLIENT 10-90 rpc.method=s.S/M\n    b SERVER 20-80${"\n  a CLIENT 200-300 rpc.method=s.S/M".repeat(n)}`;
    assert.deepEqual(await found(calls(1)), []);
    assert.deepEqual(await found(calls(3)), ["sampling.mixed: a CLIENT > ?"]);
  });

  test("not a call inside of a call of the same service", async () => {
    const nested = "a SERVER 0-100\n  a CLIENT 10-90 rpc.method=s.S/M\n    a CLIENT 11-89 rpc.method=s.S/M";
    assert.deepEqual(await found(nested, nested), []);
  });

  test("not where none goes on, where the call failed, and not other calls", async () => {
    assert.deepEqual(await found(half, half), []);
    assert.deepEqual(await found(whole, half.replace("s.S/M", "s.S/M status=error")), []);
    assert.deepEqual(await found(whole, half.replace("s.S/M", "s.S/Other")), []);
  });
});

suite("a proxy that is missing where others have it", () => {
  const proxied = `
    a SERVER 0-100
      a CLIENT 10-90 rpc.method=s.S/M
        p/outbound SERVER 11-89
          p/outbound CLIENT 12-88
            b SERVER 20-80`;
  const bare = "a SERVER 0-100\n  a CLIENT 10-90 rpc.method=s.S/M\n    b SERVER 20-80";

  test("is reported", async () => {
    assert.deepEqual(await found(proxied, bare), ["hop.missing: a CLIENT > b SERVER"]);
  });

  test("not on the way to another service, nor where nobody has it", async () => {
    assert.deepEqual(await found(proxied, bare.replace("b SERVER", "c SERVER")), []);
    assert.deepEqual(await found(bare, bare), []);
  });
});
