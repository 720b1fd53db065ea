import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { evidence, findings, found } from "./testing.ts";

suite("retries", () => {
  test("attempts below the steps of a proxy", () => {
    const drawing = `
      t SERVER 0-50 scope=github.com/traefik/traefik
        t INTERNAL 1-49 scope=github.com/traefik/traefik name=Retry
          t INTERNAL 2-10 scope=github.com/traefik/traefik name=Service
            t CLIENT 3-9 scope=github.com/traefik/traefik http.response.status_code=502
          t INTERNAL 12-48 scope=github.com/traefik/traefik name=Service
            t CLIENT 13-47 scope=github.com/traefik/traefik http.response.status_code=200
              b SERVER 14-46`;
    assert.deepEqual(found(drawing), ["retry.hidden: t inbound SERVER > t inbound CLIENT"]);
  });

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

  test("of a call that takes several requests, only the last one says how it ended", () => {
    const call = (status: string, first: number, last: number) => `
      a CLIENT 0-100 ${status}
        p/inbound SERVER 1-20 http.status_code=${first}
        p/inbound SERVER 30-90 http.status_code=${last}`;
    assert.deepEqual(found(call("status=error", 308, 500)), []);
    assert.deepEqual(found(call("", 503, 200)), []);
    assert.deepEqual(found(call("status=error", 503, 200)), [
      "status.unseen-by-proxy: a CLIENT > p inbound SERVER",
    ]);
  });

  test("not a client error, and not what the proxy made of it", () => {
    assert.deepEqual(found("p/inbound CLIENT 5-95 http.status_code=404\n  b SERVER 6-94"), []);
    assert.deepEqual(found("p/inbound CLIENT 5-95 http.status_code=503 response_flags=UC\n  b SERVER 6-94"), [
      "status.local-reply: p inbound CLIENT > b SERVER",
    ]);
  });
});

suite("proxies that answer by themselves", () => {
  const dead = (says: string) => `
    a CLIENT 0-100 status=error
      p/outbound/a SERVER 1-99 http.status_code=503 ${says}
        p/outbound/a CLIENT 2-98 http.status_code=503 ${says}`;
  const evidenceOf = (drawing: string) =>
    findings(drawing)
      .map((it) => it.evidence)
      .join("\n");

  test("who, why, and that the application was not reached: once for both halves of the proxy", () => {
    for (const [flag, words] of [
      ["UF", "could not connect to the upstream (UF, UpstreamConnectionFailure)"],
      ["UpstreamConnectionFailure", "could not connect to the upstream (UF, UpstreamConnectionFailure)"],
      ["UH", "no host of the upstream cluster is healthy (UH, NoHealthyUpstream)"],
      ["NR", "it has no route for this host and path (NR, NoRouteFound)"],
      ["NC", "cluster that it does not have"],
      ["UO", "circuit breaker"],
    ] as const) {
      const drawing = dead(`response_flags=${flag}`);
      assert.deepEqual(found(drawing), ["status.local-reply: p outbound SERVER > ?"], flag);
      assert.ok(evidenceOf(drawing).includes(words), evidenceOf(drawing));
      assert.match(evidenceOf(drawing), /the application was never reached/);
    }
  });

  test("the lowest proxy that did, and not those that hand its answer up", () => {
    const drawing = `
      edge/inbound SERVER 0-100 http.status_code=503
        edge/inbound CLIENT 1-99 http.status_code=503 response_flags=-
          p/inbound/b SERVER 2-98 http.status_code=503 response_flags=UF,URX
            p/inbound/b CLIENT 3-97 http.status_code=503 upstream_cluster=b`;
    assert.deepEqual(found(drawing), ["status.local-reply: p inbound SERVER > ?"]);
    assert.match(evidenceOf(drawing), /its cluster is b/);
  });

  test("over gRPC, where the answer is HTTP 200", () => {
    const grpc = "http.status_code=200 grpc.status_code=14 response_flags=UF status=error";
    assert.deepEqual(found(`p/outbound SERVER 1-99 ${grpc}`), ["status.local-reply: p outbound SERVER > ?"]);
  });

  test("a connection that broke off says that the request may have been carried out", () => {
    const drawing = dead("response_flags=UC");
    assert.match(evidenceOf(drawing), /whether the application had begun, only its own log tells/);
  });

  test("a service that says no is not the one that was never reached", () => {
    const drawing = `
      p/inbound SERVER 0-100 http.status_code=403 response_flags=UAEX
        p/inbound CLIENT 1-50 name=async+authz+egress
          authz SERVER 2-49`;
    assert.deepEqual(found(drawing), ["status.local-reply: p inbound SERVER > ?"]);
  });

  test("a proxy without flags, by its status", () => {
    const nginx = (status: number, below = "") =>
      found(`n SERVER 0-100 scope=nginx http.status_code=${status}${below}`);
    assert.deepEqual(nginx(502), ["status.local-reply: n SERVER > ?"]);
    assert.deepEqual(nginx(500), []);
    assert.ok(
      !nginx(502, "\n  b SERVER 1-99 http.status_code=502").includes("status.local-reply: n SERVER > ?"),
    );
  });

  test("not a deadline, a cached answer, or an answer after a try that failed", () => {
    for (const says of [
      "http.status_code=200 response_flags=RFCF",
      "http.status_code=200 response_flags=UF",
    ]) {
      assert.deepEqual(found(`p/outbound SERVER 1-99 ${says}`), []);
    }
    const late = found("p/outbound SERVER 1-99 http.status_code=504 response_flags=UT");
    assert.deepEqual(late, ["deadline.proxy-first: client > p outbound SERVER"]);
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

  test("a proxy without flags that answers 504 before whom it asked has answered", () => {
    const drawing = (status: number) => `
      t SERVER 0-100 scope=nginx http.status_code=504
        b SERVER 1-200 http.status_code=${status}`;
    assert.deepEqual(
      found(drawing(200)).filter((it) => !it.startsWith("kind.")),
      ["deadline.proxy-first: t inbound SERVER > b SERVER"],
    );
    assert.match(
      findings(drawing(200)).find((it) => it.code === "deadline.proxy-first")?.cause ?? "",
      /proxy_read_timeout/,
    );
    // The 504 is then the answer of whom it asked.
    assert.ok(!found(drawing(504)).some((it) => it.startsWith("deadline.")));
  });

  test("a delay that Envoy's fault filter injects is reported once for each proxy", () => {
    assert.deepEqual(
      found(`
        a CLIENT 0-100
          p/outbound SERVER 1-99 response_flags=DI
            p/outbound CLIENT 90-98 response_flags=DI
              b SERVER 91-97`),
      ["status.delay-injected: p outbound SERVER"],
    );
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
