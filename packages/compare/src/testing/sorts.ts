import type { Span, Trace } from "@envoy-mesh-lab/trace";
import { clocksOf } from "@envoy-mesh-lab/trace";
import { decompose } from "../decompose.ts";
import { isProxys } from "./synthetic.ts";

/** What a trace shows that is not told by dividing it into spans one below the other. */
export type Sort =
  | "a retry"
  | "parallel calls"
  | "a stream"
  | "a child that nobody waits for"
  | "a child that outlives its parent"
  | "a span that ends before it starts"
  | "several roots"
  | "no root"
  | "a missing parent"
  | "an answer longer than its call"
  | "more than five spans on the path"
  | "proxies of several makes"
  | "several clocks"
  | "a message between two clocks";

/** Tells of which sorts a trace is. */
export function sortsOf(trace: Trace): Set<Sort> {
  const { spans } = trace;
  const byId = new Map(spans.map((it) => [it.spanId, it]));
  const { notes } = decompose(trace);
  const clockOf = clocksOf(spans);
  const siblings = [...Map.groupBy(spans, (it) => it.parentSpanId)]
    .filter(([parent]) => parent !== undefined && byId.has(parent))
    .map(([, all]) => all.filter((it) => it.kind === "client" && it.endNs > it.startNs));
  const some = (holds: (a: Span, b: Span) => boolean) =>
    siblings.some((all) => all.some((a, i) => all.slice(i + 1).some((b) => holds(a, b) || holds(b, a))));
  const roots = spans.filter((it) => it.parentSpanId === undefined).length;
  const facts: [Sort, boolean][] = [
    ["a retry", some((a, b) => isProxys(a) && nameOf(a) === nameOf(b) && a.endNs <= b.startNs)],
    ["parallel calls", some((a, b) => a.startNs <= b.startNs && b.startNs < a.endNs)],
    ["a stream", some((a, b) => !isProxys(a) && a.startNs <= b.startNs && b.endNs < a.endNs)],
    ["a child that nobody waits for", notes.asynchronous > 0],
    ["a child that outlives its parent", notes.outlivedNs > 0],
    ["a span that ends before it starts", spans.some((it) => it.endNs < it.startNs)],
    ["several roots", roots > 1],
    ["no root", roots === 0],
    ["a missing parent", spans.some((it) => it.parentSpanId !== undefined && !byId.has(it.parentSpanId))],
    ["an answer longer than its call", notes.excessNs > 0],
    ["more than five spans on the path", notes.onPath > 5],
    ["proxies of several makes", new Set(spans.filter(isProxys).map((it) => it.scope.name)).size > 1],
    ["several clocks", new Set(spans.map((it) => clockOf(it).id)).size > 1],
    ["a message between two clocks", notes.queued + notes.unseenQueue > 0],
  ];
  return new Set(facts.filter(([, holds]) => holds).map(([sort]) => sort));
}

function nameOf({ resource }: Span): unknown {
  return resource["service.name"];
}
