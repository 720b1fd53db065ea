import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { drawnTrace } from "@envoy-mesh-lab/trace/testing";
import { Decomposer } from "./decompose.ts";
import { explain } from "./explain.ts";
import type { PathRule } from "./rules.ts";

const envoy = "scope=envoy";
const nginx = "scope=nginx";

/** For each rule of docs/comparing-traces.md a small trace, and all stretches that the rule gives in it, in ms. */
const book: Readonly<Record<PathRule, [drawing: string, ...stretches: string[]]>> = {
  own: [
    `
    a SERVER 0-100
      a INTERNAL 10-100
      a CLIENT 20-80
        b SERVER 30-70`,
    "0-20 a",
    "30-70 b",
    "80-100 a",
  ],
  "client-side": [
    `
    a CLIENT 0-100
      a SERVER 10-90 ${envoy} upstream_cluster=outbound|80||b
        a CLIENT 15-85 ${envoy} upstream_cluster=outbound|80||b
          b SERVER 20-70`,
    "0-10 a → a outbound",
    "90-100 a → a outbound",
  ],
  "proxy-own": [
    `
    p SERVER 0-100 ${envoy} name=ingress
      p CLIENT 10-80 ${envoy} name=router+b+egress
        b SERVER 20-70`,
    "0-10 p inbound",
    "80-100 p inbound",
  ],
  leg: [
    `
    a CLIENT 0-100
      b SERVER 20-80`,
    "0-20 a → b",
    "80-100 a → b",
  ],
  "silent-peer": [
    `
    a SERVER 0-100
      a CLIENT 20-80 db.system=redis`,
    "20-80 a → redis (no span)",
  ],
  "open-call": [
    `
    a SERVER 0-100
      a CLIENT 10-60 db.system=redis
      a CLIENT 40-90 db.system=mysql`,
    "10-40 a → redis (no span)",
  ],
  queue: [
    `
    a SERVER 0-50 resource.host.name=one
      a PRODUCER 20-30 resource.host.name=one
        b CONSUMER 80-100 resource.host.name=one`,
    "30-80 a → b",
  ],
  "one-span": [
    `
    p SERVER 0-100 ${nginx}
      b SERVER 20-80`,
    "0-20 p inbound → b",
    "80-100 p inbound → b",
  ],
  "hidden-app": [
    `
    p SERVER 0-100 ${envoy} upstream_cluster=inbound|80|| istio.canonical_service=b
      p CLIENT 10-90 ${envoy} upstream_cluster=inbound|80|| istio.canonical_service=b
        p SERVER 20-80 ${envoy} upstream_cluster=outbound|80||c istio.canonical_service=b
          p CLIENT 30-70 ${envoy} upstream_cluster=outbound|80||c istio.canonical_service=b`,
    "10-20 b (no span)",
    "80-90 b (no span)",
  ],
  "no-upstream-span": [
    `
    a CLIENT 0-100
      p SERVER 10-90 ${nginx}`,
    "10-90 p (proxy)",
  ],
  "no-time": [
    `
    a SERVER 0-100
      a CLIENT 30-30
      a CLIENT 70-90 db.system=redis`,
    "30-70 a",
    "90-100 a",
  ],
  "nothing-open": [
    `
    a SERVER 0-20
      a INTERNAL 60-100`,
    "20-60 a",
  ],
};

suite("each rule of the book in a small trace", () => {
  for (const [rule, [drawing, ...stretches]] of Object.entries(book)) {
    test(rule, () => {
      assert.deepEqual(given(rule, drawing), stretches);
    });
  }
});

/** What a rule gives in a drawing until the last span: "from-to whose". */
function given(rule: string, drawing: string): string[] {
  const drawn = drawnTrace(drawing);
  const unfinished = drawn.spans.filter((it) => it.startNs === it.endNs).map((it) => it.spanId);
  const quirks =
    unfinished.length === 0 ? [] : [{ code: "no-end" as const, message: "", spanIds: unfinished }];
  const decomposer = new Decomposer();
  const { answer, last = answer } = explain(decomposer, decomposer.detail({ ...drawn, quirks }));
  return last.stretches
    .filter((it) => it.rule === rule)
    .map((it) => `${it.from / 1e6}-${it.to / 1e6} ${it.label}`);
}
