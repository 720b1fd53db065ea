import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { evidence, findings, found } from "./testing.ts";

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

  test("a call is open also where its own process has INTERNAL spans below it, as for a connection", () => {
    assert.deepEqual(
      found(`
        a SERVER 0-100
          a CLIENT 10-90 rpc.method=s.S/M
            a INTERNAL 10-15 name=tcp.connect
              a INTERNAL 11-15 name=tls.connect
        b SERVER 20-80 rpc.method=s.S/M`),
      ["context.lost: a CLIENT > b SERVER"],
    );
  });

  test("a span whose parent is missing, below a proxy that makes one SERVER span: cut off there", () => {
    assert.deepEqual(
      found(`
        p SERVER 0-100 scope=nginx url.path=/x parent=0000000000000099
        b SERVER 20-80 url.path=/x parent=0000000000000098`),
      ["trace.no-root: client > p SERVER", "hop.cut-off: p SERVER > b SERVER"],
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

  test("all roots are counted, those that are told apart too", () => {
    const drawing = `
      a SERVER 0-100
        a CLIENT 10-90 rpc.method=s.S/M
      b SERVER 20-80 parent= rpc.method=s.S/M
      c SERVER 200-300 parent=`;
    assert.deepEqual(found(drawing), [
      "context.lost: a CLIENT > b SERVER",
      "trace.several-roots: a SERVER | c SERVER",
    ]);
    assert.match(findings(drawing)[1]?.evidence ?? "", /^3 spans have no parent; 1 of them lies in a call/);
  });

  test("a parent of the same process is no caller's", () => {
    const [open] = findings("a CLIENT 0-10 parent=zz\n  b SERVER 1-9");
    assert.deepEqual([open?.code, open?.edge], ["trace.no-root", "a ? > a CLIENT"]);
    assert.match(open?.cause ?? "", /the missing parent is a span of a too/);
    assert.match(findings("a SERVER 0-10 parent=zz")[0]?.cause ?? "", /the caller sent a traceparent/);
    assert.match(
      findings("a SERVER 0-9\na INTERNAL 1-2 parent=zz")[0]?.cause ?? "",
      /the missing parent is a span of a too/,
    );
  });

  test("an ingress that begins the trace with a CLIENT span", () => {
    const envoy = "scope=envoy name=egress+shop.example";
    assert.deepEqual(found(`emissary CLIENT 0-10 ${envoy}\n  a SERVER 1-9`), [
      "kind.client-root: emissary inbound CLIENT > a SERVER",
    ]);
    assert.deepEqual(found(`mesh CLIENT 0-10 ${envoy} node_id=sidecar~1~a.b~c\n  a SERVER 1-9`), []);
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

  test("another service's own call, beside the call that it was asked by", () => {
    const drawing = `
      a SERVER 0-100
        a CLIENT 10-90 url.path=/b
        b CLIENT 20-80 url.path=/c
          c SERVER 21-79`;
    assert.deepEqual(found(drawing), ["hop.sibling: a CLIENT > b CLIENT"]);
    assert.match(findings(drawing)[0]?.remedy ?? "", /give b server instrumentation/);
  });

  test("a call inside of a call of one service, beside it: by the request that it brings", () => {
    const calls = (path: string) => `
      a SERVER 0-100
        a CLIENT 10-90 rpc.method=s.S/M
        a CLIENT 12-88 url.path=/s.S/M
          b SERVER 20-80 rpc.method=${path}`;
    assert.deepEqual(found(calls("s.S/M")), ["hop.sibling: a CLIENT > a CLIENT"]);
    assert.deepEqual(found(calls("s.S/Other")), []);
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
    // A short call that only comes closely before: no difference of clocks makes that one of its own.
    assert.deepEqual(found("a SERVER 0-100\n  a CLIENT 44-48\n  b SERVER 50-55"), [
      "kind.server-server: a SERVER > b SERVER",
    ]);
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

  test("not where the proxy only stands in front of the service", () => {
    const front = (says: string) => `
      a-proxy/inbound/a SERVER 0-100 resource.mesh.proxy.role=edge
        a-proxy/inbound/a CLIENT 1-99 resource.mesh.proxy.role=edge
          a SERVER 2-98
            a CLIENT 10-90 rpc.method=s.S/M
              b SERVER 20-80
            a CLIENT 91-95${says}`;
    assert.deepEqual(found(front("")), []);
    const outbound = "\n              a-proxy/outbound/a SERVER 92-94 resource.mesh.proxy.role=edge";
    assert.deepEqual(found(front(outbound)), ["hop.missing: a CLIENT > b SERVER"]);
  });

  test("a call whose second root is in the trace is reported once", () => {
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

  test("a proxy without a CLIENT span, whose INTERNAL spans lie between", () => {
    const lb = "scope=haproxy";
    assert.deepEqual(
      found(`
        lb SERVER 0-100 ${lb}
          lb INTERNAL 1-99 ${lb}
            lb INTERNAL 2-98 ${lb}
              b SERVER 3-97`),
      ["kind.one-span-proxy: lb inbound SERVER > b SERVER"],
    );
    // It has one, however deep, and an application's INTERNAL span is work of its own.
    assert.deepEqual(
      found(`
        lb SERVER 0-100 ${lb}
          lb INTERNAL 1-99 ${lb}
            lb INTERNAL 2-98 ${lb}
              lb CLIENT 3-97 ${lb}
                b SERVER 4-96`),
      [],
    );
    assert.deepEqual(found("a SERVER 0-10\n  a INTERNAL 1-9\n    b SERVER 2-8"), []);
  });

  test("a proxy that makes CLIENT spans, but none for this call, is not told to say that it is a proxy", () => {
    const lb = "scope=haproxy";
    const [finding] = findings(`
      lb SERVER 0-100 ${lb}
        lb INTERNAL 1-20 ${lb}
          lb CLIENT 2-19 ${lb}
            auth SERVER 3-18
        lb INTERNAL 21-99 ${lb}
          b SERVER 24-96`);
    assert.equal(finding?.code, "kind.server-server");
    assert.match(finding?.cause ?? "", /^lb makes CLIENT spans, and none for this call/);
    assert.doesNotMatch(finding?.remedy ?? "--proxy", /--proxy/);
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

  test("the remedy is for the product that made the span", () => {
    const remedy = (says: string) =>
      findings(`p SERVER 0-10 ${says}\n  b SERVER 1-9`).find((it) => it.code === "kind.one-span-proxy")
        ?.remedy;
    assert.match(remedy("scope=envoy") ?? "", /spawn_upstream_span/);
    for (const says of [
      "scope=nginx",
      "apisix.route_id=1",
      "scope=linkerd",
      "resource.webengine.name=Caddy",
    ]) {
      assert.doesNotMatch(remedy(says) ?? "spawn_upstream_span", /spawn_upstream_span/, says);
    }
    assert.match(
      remedy("component=proxy node_id=sidecar~1~b.n~x") ?? "",
      /Istio has no setting.*EnvoyFilter/,
    );
  });

  test("not the CLIENT spans of one proxy, one for the call and one for each attempt", () => {
    const drawing = `
      kong SERVER 0-100
        kong CLIENT 1-99
          kong CLIENT 2-98 kong.balancer.try=1
            b SERVER 3-97`;
    assert.deepEqual(found(drawing), []);
  });

  test("Istio's gateways and waypoints are told what gives them two spans, its sidecars something else", () => {
    const remedyOf = (node: string) =>
      findings(`
        p SERVER 0-100 scope=envoy node_id=${node}~10.0.0.1~p-1.ns~ns.svc.cluster.local
          b SERVER 1-99`)[0]?.remedy ?? "";
    for (const gateway of ["router", "waypoint"])
      assert.match(remedyOf(gateway), /^take Istio 1\.28 or later/);
    assert.match(remedyOf("sidecar"), /an EnvoyFilter that sets spawn_upstream_span/);
  });

  test("who calls without a CLIENT span may be a proxy that is not known here: the remedy has the rule for it", () => {
    const drawing = "a SERVER 0-10\n  b SERVER 1-9";
    assert.match(findings(drawing)[0]?.remedy ?? "", /if a is a proxy, say so: --proxy 'service\.name=a'/);
    // OpenCensus and what followed it say the path so.
    const passing =
      "front SERVER 0-10 http.method=GET http.path=/x\n  b SERVER 1-9 http.method=GET url.path=/x";
    assert.deepEqual(found(passing), ["kind.unknown-proxy: front SERVER > b SERVER"]);
  });

  test("a service that only passes calls on is reported with the rule to paste, and blamed for nothing", () => {
    const get = "http.request.method=GET url.path=/orders/1";
    const two = `
      front SERVER 0-100 ${get}
        front INTERNAL 1-99
          front CLIENT 2-98 http.request.method=GET url.full=http://b:80/orders/1
            b SERVER 3-97 ${get}
              b CLIENT 4-96 db.system=mysql`;
    assert.deepEqual(found(two), ["kind.unknown-proxy: front SERVER > front CLIENT"]);
    assert.match(findings(two)[0]?.remedy ?? "", /--proxy 'service\.name=front'/);
    const one = `front SERVER 0-100 ${get}\n  b SERVER 3-97 ${get}\n    b CLIENT 4-96 db.system=mysql`;
    assert.deepEqual(found(one), ["kind.unknown-proxy: front SERVER > b SERVER"]);
    // A route that takes a prefix away.
    const stripped = two.replace(get, get.replace("/orders", "/api/orders"));
    assert.deepEqual(found(stripped), ["kind.unknown-proxy: front SERVER > front CLIENT"]);
  });

  test("a service that asks for something else, or does something else too, is an application", () => {
    const get = "http.request.method=GET url.path=/orders/1";
    const other = `front SERVER 0-100 ${get}\n  b SERVER 3-97 http.request.method=GET url.path=/stock/1`;
    assert.deepEqual(found(other), ["kind.server-server: front SERVER > b SERVER"]);
    const database = `
      front SERVER 0-100 ${get}
        front CLIENT 1-2 db.system=mysql
        front CLIENT 3-98 ${get}
          b SERVER 4-97 ${get}`;
    assert.deepEqual(found(database), []);
  });

  test("not a proxy that answers by itself", () => {
    assert.deepEqual(found("a CLIENT 0-10\n  a-proxy/outbound SERVER 1-9"), []);
  });
});

suite("calls with two answers", () => {
  const drawing = (path: string) => `
    shop CLIENT 0-100
      edge SERVER 1-90 url.path=/a http.request.method=GET
        x INTERNAL 2-3
      stock SERVER 2-91 url.path=${path} http.request.method=GET`;

  test("two services that answered one request for as long: the one is behind the other", () => {
    assert.deepEqual(found(drawing("/a")), ["hop.sibling: edge SERVER > stock SERVER"]);
  });

  test("not two requests, not two attempts", () => {
    assert.deepEqual(found(drawing("/b")), []);
    assert.deepEqual(found(drawing("/a").replace("stock", "edge")), []);
  });
});
