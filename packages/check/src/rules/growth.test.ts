import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Span, SpanKind, Trace } from "@envoy-mesh-lab/trace";
import { indexTrace } from "@envoy-mesh-lab/trace";
import { applyRules } from "./index.ts";

interface Shape {
  kind: (i: number) => SpanKind;
  service: (i: number) => string;
  /** The parent's number; -1 for the root. */
  parent: (i: number) => number;
  isProxy?: (i: number) => boolean;
}

const chain = (i: number) => i - 1;
const star = (i: number) => (i === 0 ? -1 : 0);
const rootIs = (root: SpanKind, others: SpanKind) => (i: number) => (i === 0 ? root : others);
const one = () => "s";
const all = () => true;
const none = () => false;

/** Traces that a single service, or a hostile hand, can make as large as it likes. */
const shapes: Record<string, Shape> = {
  "a chain of INTERNAL spans": { kind: rootIs("server", "internal"), service: one, parent: chain },
  "a chain of CLIENT spans": { kind: rootIs("server", "client"), service: one, parent: chain },
  "a chain of CLIENT spans without a SERVER": { kind: () => "client", service: one, parent: chain },
  "a chain of SERVER spans": { kind: () => "server", service: (i) => `s${i % 3}`, parent: chain },
  "a chain of calls": {
    kind: (i) => (i % 2 === 0 ? "server" : "client"),
    service: (i) => `s${(i + 1) >> 1}`,
    parent: chain,
  },
  "a chain of proxies": {
    kind: (i) => (i % 2 === 0 ? "server" : "client"),
    service: (i) => `p${((i + 1) >> 1) % 7}`,
    parent: chain,
    isProxy: all,
  },
  "a chain of a proxy's steps": {
    kind: rootIs("server", "internal"),
    service: one,
    parent: chain,
    isProxy: all,
  },
  "many calls": { kind: rootIs("server", "client"), service: one, parent: star },
  "many calls of a proxy": { kind: rootIs("server", "client"), service: one, parent: star, isProxy: all },
  "many answers to a proxy": {
    kind: () => "server",
    service: (i) => (i === 0 ? "p" : "s"),
    parent: star,
    isProxy: (i) => i === 0,
  },
  "many answers": {
    kind: () => "server",
    service: (i) => (i === 0 ? "s" : `t${i % 5}`),
    parent: star,
  },
};

function traceOf({ kind, service, parent, isProxy = none }: Shape, count: number): Trace {
  const idOf = (i: number) => (i + 1).toString(16).padStart(16, "0");
  const spans = Array.from({ length: count }, (_, i): Span => {
    const above = parent(i);
    return {
      traceId: "1".padStart(32, "0"),
      spanId: idOf(i),
      ...(above < 0 ? {} : { parentSpanId: idOf(above) }),
      name: "GET /a",
      kind: kind(i),
      startNs: BigInt(1000 + i),
      endNs: BigInt(1000 + (parent === star && i > 0 ? i + 1 : 10 * count - i)),
      status: { code: "unset" },
      attributes: {
        "url.path": "/a/b",
        "http.request.method": "GET",
        ...(isProxy(i) ? { component: "proxy", upstream_cluster: "c", response_flags: "UF" } : {}),
      },
      resource: { "service.name": service(i) },
      scope: { name: "" },
      events: [],
      links: [],
    };
  });
  return { traceId: "1".padStart(32, "0"), spans };
}

/** How often the rules ask for a span of a trace. */
function looksAt(shape: Shape, count: number): number {
  const index = indexTrace(traceOf(shape, count));
  let looks = 0;
  const spans = new Proxy(index.spans, {
    get(target, key) {
      looks++;
      return Reflect.get(target, key) as unknown;
    },
  });
  applyRules({ ...index, spans });
  return looks;
}

suite("the rules look at each span a few times", () => {
  for (const [name, shape] of Object.entries(shapes)) {
    test(`in ${name}`, () => {
      const growth = looksAt(shape, 2000) / looksAt(shape, 500);
      assert.ok(growth < 6, `four times the spans are looked at ${growth.toFixed(1)} times as often`);
    });
  }
});
