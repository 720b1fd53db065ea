import type { Span, SpanKind, Trace } from "@envoy-mesh-lab/trace";
import { clocksOf } from "@envoy-mesh-lab/trace";
import fc from "fast-check";
import { proxyScopeOf } from "./synthetic.ts";

const kinds: SpanKind[] = ["unspecified", "internal", "server", "client", "producer", "consumer"];

const epoch = 1_700_000_000_000_000_000n;

interface Draft {
  parent: number;
  wild: boolean;
  kind: SpanKind;
  who: number;
  named: boolean;
  startNs: bigint;
  took: bigint;
  endless: boolean;
}

const draft = fc.record({
  // Mostly a span before it, so that trees grow; else any number: a later span, itself, or one that is missing.
  parent: fc.nat({ max: 1000 }),
  wild: fc.nat({ max: 15 }).map((it) => it === 0),
  kind: fc.constantFrom(...kinds),
  who: fc.integer({ min: 0, max: 5 }),
  named: fc.boolean(),
  // In 1970 now and then: clocks that were never set, and starts that were never written.
  startNs: fc.oneof(
    { weight: 15, arbitrary: fc.bigInt({ min: 0n, max: 1000n }).map((it) => epoch + it) },
    { weight: 1, arbitrary: fc.constant(0n) },
  ),
  endless: fc.nat({ max: 30 }).map((it) => it === 0),
  took: fc.oneof(
    { weight: 6, arbitrary: fc.bigInt({ min: 1n, max: 500n }) },
    { weight: 1, arbitrary: fc.bigInt({ min: -20n, max: 0n }) },
  ),
});

/**
 * Traces of any shape: spans in loops, below themselves, below spans that are missing, of all kinds, of apps and proxies
 * on hosts that are named or not, that take no or negative time and lie anywhere.
 */
export const wildTrace: fc.Arbitrary<Trace> = fc
  .array(draft, { minLength: 1, maxLength: 40 })
  .map((drafts) => ({ traceId: "0af7651916cd43dd8448eb211c80319c", spans: drafts.map(toSpan) }));

function toSpan({ parent, wild, kind, who, named, startNs, took, endless }: Draft, i: number): Span {
  const above = wild ? (parent % 45) - 1 : i === 0 ? -1 : parent % i;
  const proxy = who % 2 === 1;
  const service = proxy ? `app-${who >> 1}-proxy` : `app-${who >> 1}`;
  return {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: idOf(i),
    ...(above < 0 ? {} : { parentSpanId: idOf(above) }),
    name: `span ${i}`,
    kind,
    startNs,
    endNs: endless ? 2n * epoch : startNs + took,
    status: { code: "unset" },
    attributes: {},
    resource: {
      "service.name": service,
      ...(named ? { "host.id": `host-${who >> 1}` } : {}),
      ...(proxy ? { "mesh.proxy.direction": i % 3 === 0 ? "inbound" : "outbound" } : {}),
    },
    scope: { name: proxy ? proxyScopeOf(`${who >> 1}`) : "app" },
    events: [],
    links: [],
  };
}

/** Ids that do not rise with the numbers, so that an order by id is another one. */
function idOf(i: number): string {
  // From 1 on: an id of zeros alone is none (W3C Trace Context, "parent-id").
  return (((i + 1) * 7919) % 10_007).toString(16).padStart(16, "0");
}

/** The same trace after its clocks were each set by some constant, in ns. */
export function skewed(trace: Trace, offsets: bigint[]): Trace {
  const clockOf = clocksOf(trace.spans);
  const numbers = new Map<string, number>();
  return {
    ...trace,
    spans: trace.spans.map((span) => {
      const clock = clockOf(span).id;
      const number = numbers.get(clock) ?? numbers.size;
      numbers.set(clock, number);
      const offset = offsets[number % offsets.length] ?? 0n;
      return { ...span, startNs: span.startNs + offset, endNs: span.endNs + offset };
    }),
  };
}
