import type { Span, Trace } from "./model.ts";
import type { TraceStructure } from "./trace-structure.ts";
import { missingParent, noParent, structureOf } from "./trace-structure.ts";

/** A span with its children, ordered by start. */
export interface SpanNode {
  span: Span;
  children: SpanNode[];
}

/** A trace as a forest: a whole trace has one root and no orphan. */
export interface SpanForest {
  /** Spans without a parent. */
  roots: SpanNode[];
  /** Spans whose parent is not in the trace. */
  orphans: SpanNode[];
}

/**
 * Nests the spans of a trace by parent id. Input order does not matter. Of spans that are their own ancestors, which
 * only broken data has, the one with the smallest id becomes an orphan; so none is lost.
 */
export function toForest(trace: Trace | TraceStructure): SpanForest {
  const { spans, parent } = structureOf(trace);
  const nodes = spans.map((span): SpanNode => ({ span, children: [] }));
  const forest: SpanForest = { roots: [], orphans: [] };
  for (const [i, node] of nodes.entries()) {
    const above = parent[i] as number;
    const beside =
      above === noParent ? forest.roots : above === missingParent ? forest.orphans : nodes[above]?.children;
    beside?.push(node);
  }
  return forest;
}
