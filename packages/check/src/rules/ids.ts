import type { Span, TraceIndex } from "@envoy-mesh-lab/trace";
import { edgeAt, labelAt } from "@envoy-mesh-lab/trace";
import type { Finding } from "../findings.ts";
import type { Rule } from "./rule.ts";

/** Ids that cannot be: used twice, or above themselves. */
export const checkIds: Rule = ({ index }) => [
  ...index.duplicates.map((i): Finding => duplicate(index, i)),
  ...index.loops.map(({ place, parent }): Finding => loop(index, place, parent)),
];

function duplicate(index: TraceIndex, i: number): Finding {
  const { spanId } = index.spans[i] as Span;
  return {
    code: "span.duplicate-id",
    edge: labelAt(index, i),
    evidence: `more than one span of the trace has the id ${spanId}`,
    cause: "one span was sent twice with different contents, or a fixed seed makes the same ids again",
    remedy:
      "look for a random generator that is seeded, forked or mocked, and for two exporters of one service",
    spanIds: [spanId],
  };
}

function loop(index: TraceIndex, i: number, parent: number): Finding {
  const span = index.spans[i] as Span;
  return {
    code: "span.loop",
    edge: edgeAt(index, parent, i),
    evidence: parent === i ? "the span is its own parent" : "the span is an ancestor of its own parent",
    cause: "an exporter or a converter wrote wrong parent ids",
    remedy: "look at what made this file; a tracer cannot do it",
    spanIds: [span.spanId],
  };
}
