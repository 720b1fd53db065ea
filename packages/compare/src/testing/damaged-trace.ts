import type { Span, Trace } from "@envoy-mesh-lab/trace";
import fc from "fast-check";
import { syntheticApp, world } from "./any-call.ts";
import { synthesize } from "./synthetic.ts";

/** What goes wrong with one span, as real traces show it. */
const wrongs = [
  // It is missing, and what it called has lost its parent.
  "lost",
  // The context got lost before it.
  "a root",
  "below another span",
  "ending before it starts",
  "ending late",
  // It starts when it should have ended.
  "late",
  // The call was made twice: one after the other, or at a time.
  "made again",
  "of any kind",
  "of no machine",
] as const;

interface Damage {
  wrong: (typeof wrongs)[number];
  /** Which span. */
  at: number;
  /** A number for what the damage leaves open. */
  by: number;
}

const damage: fc.Arbitrary<Damage> = fc.record({
  wrong: fc.constantFrom(...wrongs),
  at: fc.nat({ max: 10_000 }),
  by: fc.nat({ max: 10_000 }),
});

/**
 * Traces of calls through a mesh, with retries, parallel calls, streams and what nobody waits for, in which things went
 * wrong.
 */
export const damagedTrace: fc.Arbitrary<Trace> = fc
  .tuple(syntheticApp, world, fc.array(damage, { maxLength: 8 }))
  .map(([app, clocks, damages]) => {
    const { trace } = synthesize(app, clocks);
    const spans = damages.reduce<Span[]>((spans, it, i) => damaged(spans, it, i), trace.spans);
    return { ...trace, spans };
  });

function damaged(spans: Span[], { wrong, at, by }: Damage, number: number): Span[] {
  const place = at % spans.length;
  const span = spans[place] as Span;
  const instead = (...these: Span[]) => spans.toSpliced(place, 1, ...these);
  const took = span.endNs - span.startNs;
  const { parentSpanId: _, ...root } = span;
  switch (wrong) {
    case "lost":
      return spans.length > 1 ? instead() : spans;
    case "a root":
      return instead(root);
    case "below another span":
      return instead({ ...span, parentSpanId: (spans[by % spans.length] as Span).spanId });
    case "ending before it starts":
      return instead({ ...span, startNs: span.endNs, endNs: span.startNs });
    case "ending late":
      return instead({ ...span, endNs: span.endNs + BigInt(by * 10) });
    case "late":
      return instead({ ...span, startNs: span.startNs + took, endNs: span.endNs + took });
    case "made again": {
      // After it, or while it was open.
      const later = by % 2 === 0 ? took + 1n : took / 2n;
      const copy = {
        spanId: `f${number}`.padEnd(16, "f"),
        startNs: span.startNs + later,
        endNs: span.endNs + later,
      };
      return instead(span, { ...span, ...copy });
    }
    case "of any kind": {
      const kinds = ["unspecified", "internal", "server", "client", "producer", "consumer"] as const;
      return instead({ ...span, kind: kinds[by % kinds.length] as Span["kind"] });
    }
    case "of no machine": {
      const { "host.name": _host, ...resource } = span.resource;
      return instead({ ...span, resource });
    }
  }
}
