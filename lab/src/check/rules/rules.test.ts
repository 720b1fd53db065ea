import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { drawnTrace } from "../drawn-trace.ts";
import { severityOf } from "../findings.ts";
import { indexTrace } from "../trace-index.ts";
import { applyRules } from "./index.ts";

/** The codes and edges that the rules find in a drawn trace. */
const found = (drawing: string) =>
  applyRules(indexTrace(drawnTrace(drawing))).map((it) => `${it.code}: ${it.edge}`);
const evidence = (drawing: string) => applyRules(indexTrace(drawnTrace(drawing)))[0]?.evidence ?? "";

suite("what is no finding", () => {
  test("an application that calls several others, a database and itself", () => {
    const drawing = `
      shop SERVER 0-100
        shop INTERNAL 1-99
          shop CLIENT 2-30 rpc.method=a.A/One
            stock SERVER 4-28
              stock CLIENT 5-9 db.system=redis
              stock CLIENT 10-20 db.system=redis
          shop CLIENT 2-60 url.path=/two
            pay SERVER 5-57
              pay INTERNAL 6-7
          shop CLIENT 61-70 url.full=https://other.example/three
          shop PRODUCER 71-72
            mail CONSUMER 300-400
              mail CLIENT 310-390`;
    assert.deepEqual(found(drawing), []);
  });

  test("an Envoy in each place, and one that asks another service for permission first", () => {
    const drawing = `
      edge/inbound SERVER 0-100 http.url=http://x/a.A/One
        edge/inbound CLIENT 1-10 upstream_cluster=ext-authz
          authz SERVER 2-9
        edge/inbound CLIENT 11-99 upstream_cluster=gateway
          gateway SERVER 13-97`;
    assert.deepEqual(found(drawing), []);
  });

  test("an empty trace", () => assert.deepEqual(found(""), []));
});

suite("roots and missing parents", () => {
  test("no root", () => {
    assert.deepEqual(found("a SERVER 0-10 parent=zz"), ["trace.no-root: client > a SERVER"]);
  });

  test("two roots that have nothing to do with each other", () => {
    assert.deepEqual(found("a SERVER 0-10\nb SERVER 20-30"), ["trace.several-roots: a SERVER | b SERVER"]);
  });

  test("a second root in the time of an open call: the parent was lost", () => {
    assert.deepEqual(
      found(`
        a SERVER 0-100
          a CLIENT 10-90 rpc.method=s.S/M
        b SERVER 20-80 rpc.method=s.S/M`),
      ["context.lost: a CLIENT > b SERVER"],
    );
  });

  test("a span whose parent is missing, in the time of an open call with its path: cut off there", () => {
    const cut = (path: string) => `
      a SERVER 0-100
        a CLIENT 10-90 rpc.method=s.S/M
      b SERVER 20-80 parent=zz rpc.method=${path}`;
    assert.deepEqual(found(cut("s.S/M")), ["hop.cut-off: a CLIENT > b SERVER"]);
    assert.deepEqual(found(cut("s.S/Other")), ["span.missing-parent: zz > b SERVER"]);
    assert.deepEqual(found(cut("s.S/M").replace("b SERVER", "b PRODUCER")), [
      "span.missing-parent: zz > b PRODUCER",
    ]);
  });

  test("missing parents are counted, not their children", () => {
    const drawing = `
      a SERVER 0-100
      b SERVER 20-80 parent=zz
      c SERVER 20-80 parent=zz
      d SERVER 20-80 parent=yy`;
    assert.deepEqual(found(drawing), [
      "span.missing-parent: zz > b SERVER",
      "span.missing-parent: yy > d SERVER",
    ]);
    assert.match(evidence(drawing), /of 2 spans/);
  });
});

suite("ids", () => {
  test("the same id twice", () => {
    assert.deepEqual(
      found("a SERVER 0-10\n  b INTERNAL 1-2 id=1").map((it) => it.split(":")[0]),
      ["span.duplicate-id"],
    );
  });

  test("a span that is its own parent, and a loop of two", () => {
    assert.deepEqual(found("a SERVER 0-10\n  a INTERNAL 1-2 id=x parent=x"), [
      "span.loop: a INTERNAL > a INTERNAL",
    ]);
    assert.deepEqual(
      found("a SERVER 0-10\n  b SERVER 1-2 id=x parent=y\n  c SERVER 1-2 id=y parent=x").filter((it) =>
        it.startsWith("span.loop"),
      ),
      ["span.loop: c SERVER > b SERVER"],
    );
  });
});

suite("siblings", () => {
  test("a proxy beside the call that went through it", () => {
    assert.deepEqual(
      found(`
        a SERVER 0-100
          a CLIENT 10-90 rpc.method=s.S/M
          a-proxy/outbound SERVER 15-85 http.url=http://b/s.S/M`),
      ["hop.sibling: a CLIENT > a-proxy outbound SERVER"],
    );
  });

  test("an application beside the call, which its caller made deeper inside", () => {
    assert.deepEqual(
      found(`
        a SERVER 0-100
          a INTERNAL 5-95
            a CLIENT 10-90
          b SERVER 15-85`),
      ["hop.sibling: a CLIENT > b SERVER"],
    );
  });

  test("a call that went to a proxy, and its answerer beside it: the proxy sent its caller's context on", () => {
    assert.deepEqual(
      found(`
        a CLIENT 0-100
          p/outbound SERVER 10-90
          b SERVER 20-80`),
      ["hop.sibling: p outbound SERVER > b SERVER"],
    );
  });

  test("not a call at another time, of another path, or of a database", () => {
    const beside = (call: string) =>
      found(`
        a SERVER 0-100
          ${call}
          b SERVER 50-85 rpc.method=s.S/M`).filter((it) => it.startsWith("hop.sibling"));
    assert.deepEqual(beside("a CLIENT 10-30"), []);
    assert.deepEqual(beside("a CLIENT 10-90 rpc.method=s.S/Other"), []);
    assert.deepEqual(beside("a CLIENT 10-90 db.system=redis"), []);
    assert.equal(beside("a CLIENT 10-90").length, 1);
  });
});

suite("sidecars", () => {
  const around = (below: string) => `
    a-proxy/inbound/a SERVER 0-100
      a-proxy/inbound/a CLIENT 1-99
        a SERVER 2-98
          a CLIENT 10-90 rpc.method=s.S/M${below}`;

  test("nothing below a call of a workload whose sidecar reports", () => {
    assert.deepEqual(found(around("")), ["context.lost: a CLIENT > a-proxy outbound"]);
  });

  test("the next workload right below the call", () => {
    assert.deepEqual(found(around("\n            b SERVER 20-80")), ["hop.missing: a CLIENT > b SERVER"]);
  });

  test("a call whose second root is in the trace is told once", () => {
    assert.deepEqual(found(`${around("")}\n    b SERVER 20-80 rpc.method=s.S/M`), [
      "context.lost: a CLIENT > b SERVER",
    ]);
  });

  test("not where the sidecar has its span, the call failed, or the far side makes no spans", () => {
    const whole =
      "\n            a-proxy/outbound/a SERVER 11-89\n              a-proxy/outbound/a CLIENT 12-88";
    assert.deepEqual(found(around(whole)), []);
    assert.deepEqual(found(around(" status=error")), []);
    assert.deepEqual(found(around(" db.system=mysql")), []);
  });
});

suite("kinds", () => {
  test("a proxy that makes one CLIENT span, or one SERVER span", () => {
    assert.deepEqual(
      found(`
        a CLIENT 0-100
          a-proxy/outbound CLIENT 1-99
            b-proxy/inbound SERVER 2-98
              b SERVER 3-97`),
      [
        "kind.one-span-proxy: a CLIENT > a-proxy outbound CLIENT",
        "kind.one-span-proxy: b-proxy inbound SERVER > b SERVER",
      ],
    );
  });

  test("many calls through one such proxy are one finding", () => {
    const drawing = `
      a SERVER 0-100
        a CLIENT 0-40
          a-proxy/outbound CLIENT 1-39
        a CLIENT 50-90
          a-proxy/outbound CLIENT 51-89`;
    assert.equal(found(drawing).length, 1);
  });

  test("a service without SERVER span, and one without CLIENT span", () => {
    assert.deepEqual(found("a CLIENT 0-10\n  b CLIENT 1-9"), ["kind.client-client: a CLIENT > b CLIENT"]);
    assert.deepEqual(found("a SERVER 0-10\n  b SERVER 1-9"), ["kind.server-server: a SERVER > b SERVER"]);
  });

  test("not two instrumentations of one service, one in the other", () => {
    assert.deepEqual(found("a CLIENT 0-10\n  a CLIENT 1-9\n    b SERVER 2-8\n      b SERVER 3-7"), []);
  });

  test("not a proxy that answers by itself", () => {
    assert.deepEqual(found("a CLIENT 0-10\n  a-proxy/outbound SERVER 1-9"), []);
  });
});

suite("times", () => {
  test("a handler that goes on after its caller's span, and that caller waits for nothing", () => {
    assert.deepEqual(found("a CLIENT 0-20\n  b SERVER 5-300"), ["time.outlives-parent: a CLIENT > b SERVER"]);
  });

  test("it does not matter how far the clocks are apart", () => {
    assert.deepEqual(found("a CLIENT 0-20\n  b SERVER 100005-100300"), [
      "time.outlives-parent: a CLIENT > b SERVER",
    ]);
  });

  test("a span that ended while its own caller still waited for the rest", () => {
    assert.deepEqual(
      found(`
        p/inbound CLIENT 0-320
          a SERVER 1-20
            a CLIENT 10-300
              b SERVER 12-298`),
      ["time.outlives-parent: a SERVER > a CLIENT"],
    );
  });

  test("not what a process does after it has answered", () => {
    assert.deepEqual(found("p/inbound CLIENT 0-22\n  a SERVER 1-20\n    a INTERNAL 10-300"), []);
    assert.deepEqual(found("a SERVER 1-20\n  a INTERNAL 30-300"), []);
  });

  test("not a handler that is not known to have waited", () => {
    assert.deepEqual(found("a SERVER 0-20\n  b SERVER 5-300"), ["kind.server-server: a SERVER > b SERVER"]);
  });

  test("not messages, not a call that failed, not some milliseconds", () => {
    assert.deepEqual(found("a PRODUCER 0-1\n  b CONSUMER 100-300"), []);
    assert.deepEqual(found("a CLIENT 0-20 status=error\n  b SERVER 5-300"), []);
    assert.deepEqual(found("a CLIENT 0-20\n  b SERVER 1-29"), []);
  });

  test("a span that ends before its start", () => {
    assert.deepEqual(found("a SERVER 10-5"), ["time.ends-before-start: a SERVER"]);
  });
});

suite("clock skew", () => {
  test("a callee whose clock is behind, with the estimate", () => {
    const drawing = "a CLIENT 0-100\n  b SERVER -50-40";
    assert.deepEqual(found(drawing), []);
    const behind = "a CLIENT 1000-1100\n  b SERVER 900-990";
    assert.deepEqual(found(behind), ["time.clock-skew: a CLIENT > b SERVER"]);
    assert.match(
      evidence(behind),
      /clock of a is ahead of b's by about 105\.0 ms \(between 100\.0 ms and 110\.0 ms/,
    );
  });

  test("a callee whose clock is ahead", () => {
    assert.match(
      evidence("b CLIENT 0-100\n  a SERVER 1005-1095"),
      /clock of a is ahead of b's by about 1000\.0 ms/,
    );
  });

  test("several calls narrow it, in both directions", () => {
    const drawing = `
      a SERVER 0-1000
        a CLIENT 0-100
          b SERVER 505-595
            b CLIENT 510-590
              a SERVER 11-89
        a CLIENT 200-300
          b SERVER 701-799`;
    assert.match(
      evidence(drawing),
      /clock of b is ahead of a's by about 500\.0 ms \(between 499\.0 ms and 501\.0 ms, from 3 calls/,
    );
  });

  test("not two calls of which one fits without it", () => {
    const drawing = `
      a SERVER 0-1000
        a CLIENT 0-100
          b SERVER 30-115
        a CLIENT 200-300
          b SERVER 201-299`;
    assert.deepEqual(found(drawing), []);
  });

  test("a call that cannot tell, because its child took longer, does not hinder the others", () => {
    const drawing = `
      a SERVER 1000-2000
        a CLIENT 1100-1200
          b SERVER 1610-1690
        a CLIENT 1300-1400
          b SERVER 1790-1930`;
    assert.deepEqual(found(drawing), [
      "time.outlives-parent: a CLIENT > b SERVER",
      "time.clock-skew: a CLIENT > b SERVER",
    ]);
  });

  test("not a child that took longer than its parent, and not on one host", () => {
    assert.deepEqual(found("a CLIENT 0-100\n  b SERVER 50-250"), [
      "time.outlives-parent: a CLIENT > b SERVER",
    ]);
    const host = "resource.host.name=h";
    assert.deepEqual(found(`a CLIENT 1000-1100 ${host}\n  b SERVER 900-990 ${host}`), []);
  });
});

suite("retries", () => {
  test("several attempts of a proxy below one span", () => {
    const drawing = `
      a CLIENT 0-100
        p/outbound SERVER 1-99
          p/outbound CLIENT 2-20 http.status_code=503
          p/outbound CLIENT 30-60 http.status_code=200`;
    assert.deepEqual(found(drawing), ["retry.hidden: p outbound SERVER > p outbound CLIENT"]);
    assert.match(
      evidence(drawing),
      /2 attempts .*1\. HTTP 503.*2\. HTTP 200.*p outbound SERVER: .*a CLIENT above sees one call/,
    );
  });

  test("several answers below the one span of a proxy", () => {
    assert.deepEqual(
      found(`
        p/outbound CLIENT 1-99
          b SERVER 2-20
          b SERVER 30-60`),
      ["retry.hidden: p outbound CLIENT > b SERVER"],
    );
  });

  test("not the calls of a workload without spans, which its sidecar makes below what came in", () => {
    const drawing = `
      a-proxy/inbound SERVER 0-100
        a-proxy/outbound CLIENT 2-20 upstream_cluster=b
          b-proxy/inbound SERVER 3-19
        a-proxy/outbound CLIENT 30-60 upstream_cluster=b
          b-proxy/inbound SERVER 31-59`;
    assert.deepEqual(found(drawing), []);
  });

  test("not copies at the same time, not calls of an application", () => {
    assert.deepEqual(found("p/outbound SERVER 1-99\n  p/outbound CLIENT 2-60\n  p/outbound CLIENT 3-61"), []);
    assert.deepEqual(found("a SERVER 1-99\n  a CLIENT 2-20\n  a CLIENT 30-60"), []);
  });
});

suite("status", () => {
  test("an error that rides on HTTP 200 is one finding, however many proxies did not see it", () => {
    const drawing = `
      edge/inbound SERVER 0-100 http.status_code=200
        edge/inbound CLIENT 1-99 http.status_code=200
          a SERVER 2-98 status=error
            a CLIENT 3-97 status=error
              p/outbound SERVER 4-96 http.status_code=200
                p/outbound CLIENT 5-95 http.status_code=200
                  b SERVER 6-94 status=error rpc.response.status_code=data_loss`;
    assert.deepEqual(found(drawing), ["status.unseen-by-proxy: p outbound CLIENT > b SERVER"]);
    assert.match(
      evidence(drawing),
      /b SERVER failed \(RPC status data_loss.*edge inbound CLIENT saw success \(HTTP 200/,
    );
  });

  test("two errors are two findings, also where the first was handled", () => {
    const failing = (at: number) => `
          p/outbound CLIENT ${at}-${at + 9} http.status_code=200
            b SERVER ${at + 1}-${at + 8} status=error`;
    const drawing = `
      a SERVER 0-100
        a CLIENT 1-20
          ${failing(2).trim()}
        a CLIENT 30-50
          ${failing(31).trim()}`;
    assert.equal(found(drawing).filter((it) => it.startsWith("status.unseen-by-proxy")).length, 2);
  });

  test("an error that was handled is another than the one further up", () => {
    const drawing = `
      p/inbound CLIENT 0-100 http.status_code=200
        a SERVER 1-99 status=error
          a CLIENT 2-50
            b SERVER 3-49
              b CLIENT 4-48 status=error
                q/outbound SERVER 5-47 http.status_code=200`;
    assert.deepEqual(found(drawing), [
      "status.unseen-by-proxy: p inbound CLIENT > a SERVER",
      "status.unseen-by-proxy: b CLIENT > q outbound SERVER",
    ]);
  });

  test("not where the proxy saw it: by HTTP, by gRPC's status, or because it ended the call itself", () => {
    const under = (says: string) => found(`p/inbound CLIENT 5-95 ${says}\n  b SERVER 6-94 status=error`);
    assert.deepEqual(under("http.status_code=503"), []);
    assert.deepEqual(under("http.status_code=200 grpc.status_code=15"), []);
    assert.deepEqual(under("http.status_code=200 response_flags=UC"), []);
    assert.equal(under("http.status_code=200 grpc.status_code=0 response_flags=-").length, 1);
    // A client takes leave of a failed stream by resetting it.
    assert.equal(under("http.status_code=200 response_flags=DR").length, 1);
  });

  test("not where the caller cancelled", () => {
    assert.deepEqual(
      found(
        "a CLIENT 0-50 status=error rpc.response.status_code=canceled\n  p/outbound SERVER 1-49 http.status_code=200 response_flags=DR",
      ),
      [],
    );
  });

  test("an error that the application does not tell, on either side", () => {
    assert.deepEqual(found("p/inbound CLIENT 5-95 http.status_code=500\n  b SERVER 6-94"), [
      "status.unseen-by-app: p inbound CLIENT > b SERVER",
    ]);
    assert.deepEqual(found("a CLIENT 5-95\n  p/outbound SERVER 6-94 http.status_code=503"), [
      "status.unseen-by-app: a CLIENT > p outbound SERVER",
    ]);
  });

  test("not a client error, and not what the proxy made of it", () => {
    assert.deepEqual(found("p/inbound CLIENT 5-95 http.status_code=404\n  b SERVER 6-94"), []);
    assert.deepEqual(
      found("p/inbound CLIENT 5-95 http.status_code=503 response_flags=UC\n  b SERVER 6-94"),
      [],
    );
  });
});

suite("deadlines", () => {
  const call = (client: string, outer: string, inner: string, server: string) => `
    a CLIENT 0-100 ${client}
      p/outbound SERVER 1-99 ${outer}
        p/outbound CLIENT 2-98 ${inner}
          b SERVER 3-97 ${server}`;

  test("a proxy's timeout came first", () => {
    const drawing = call(
      "status=error rpc.response.status_code=unavailable",
      "http.status_code=504 response_flags=UT",
      "http.status_code=504 response_flags=UT status=error",
      "status=error rpc.response.status_code=cancelled",
    );
    assert.deepEqual(found(drawing), ["deadline.proxy-first: p outbound CLIENT > b SERVER"]);
    assert.match(evidence(drawing), /p outbound CLIENT gave up after 96\.0 ms/);
  });

  test("the caller's deadline came first: the proxy saw it leave", () => {
    const drawing = call(
      "status=error rpc.response.status_code=deadline_exceeded",
      "http.status_code=0 response_flags=DC",
      "http.status_code=0 response_flags=DC",
      "status=error rpc.response.status_code=deadline_exceeded",
    );
    assert.deepEqual(found(drawing), ["deadline.app-first: a CLIENT > p outbound SERVER"]);
  });

  test("the callee's deadline came first: its error came up as an answer", () => {
    const deadline = "status=error rpc.response.status_code=deadline_exceeded";
    assert.deepEqual(found(call(deadline, "http.status_code=504", "http.status_code=504", deadline)), [
      "deadline.app-first: p outbound CLIENT > b SERVER",
    ]);
  });

  test("of two spans of one process, the one that ended first", () => {
    const both = (client: number) =>
      evidence(`
        a SERVER 1-100 status=error error.type=deadline_exceeded
          a CLIENT 5-${client} status=error error.type=deadline_exceeded`);
    assert.match(both(105), /^a SERVER gave up/);
    assert.match(both(99), /^a CLIENT gave up/);
  });

  test("a caller outside of the trace left", () => {
    assert.deepEqual(found("p/inbound SERVER 0-100 http.status_code=0 response_flags=DC"), [
      "deadline.caller-left: client > p inbound SERVER",
    ]);
  });

  test("not a stream that was left after it had begun", () => {
    assert.deepEqual(found("p/inbound SERVER 0-100 http.status_code=200 response_flags=DC"), []);
  });

  test("not an attempt that a proxy dropped to try again, and not other errors", () => {
    const drawing = call(
      "",
      "http.status_code=200",
      "http.status_code=503",
      "http.status_code=503 status=error",
    );
    assert.deepEqual(found(drawing), []);
    assert.deepEqual(
      found(
        "p/outbound CLIENT 0-90 http.status_code=0\n  q/inbound SERVER 1-89 http.status_code=0 response_flags=DR",
      ),
      [],
    );
    assert.deepEqual(
      found(
        "p/outbound CLIENT 0-90 http.status_code=503\n  q/inbound SERVER 1-89 http.status_code=503 response_flags=DR",
      ),
      [],
    );
  });
});

suite("what the reader found odd", () => {
  const quirky = (...codes: string[]) =>
    applyRules(
      indexTrace({
        ...drawnTrace("a SERVER 0-10\n  a INTERNAL 1-2"),
        quirks: codes.map((code) => ({ code, message: `${code} was seen`, spanIds: ["2"] })),
      }),
    );

  test("is told as it is, and as a note where nothing was lost by it", () => {
    const found = quirky("shared-span-id", "cut-off");
    assert.deepEqual(
      found.map((it) => [it.code, severityOf(it.code), it.evidence, it.spanIds]),
      [
        ["input.shared-span-id", "note", "shared-span-id was seen", ["2"]],
        ["input.cut-off", "warning", "cut-off was seen", ["2"]],
      ],
    );
  });

  test("an id that was there twice is a finding of its own; what rules find too is told once", () => {
    assert.deepEqual(
      quirky("conflicting-span", "missing-parent", "ends-before-start").map((it) => `${it.code}: ${it.edge}`),
      ["span.duplicate-id: a INTERNAL"],
    );
  });
});
