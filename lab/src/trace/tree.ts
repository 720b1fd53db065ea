import type { Span, Trace } from "./model.ts";

/** A span with its children, ordered by start. */
export type SpanNode = { span: Span; children: SpanNode[] };

/** A trace as a forest: a whole trace has one root and no orphan. */
export type SpanForest = {
  /** Spans without a parent. */
  roots: SpanNode[];
  /** Spans whose parent is not in the trace. */
  orphans: SpanNode[];
};

/** Nests the spans of a trace by parent id. Input order does not matter. */
export function toForest(trace: Trace): SpanForest {
  const nodes = new Map(trace.spans.map((span) => [span.spanId, { span, children: [] } as SpanNode]));
  const forest: SpanForest = { roots: [], orphans: [] };
  for (const node of nodes.values()) {
    const { parentSpanId, spanId } = node.span;
    const parent = parentSpanId === undefined ? undefined : nodes.get(parentSpanId);
    if (parentSpanId === undefined) {
      forest.roots.push(node);
    } else if (parent === undefined || isAncestor(nodes, spanId, parentSpanId)) {
      forest.orphans.push(node);
    } else {
      parent.children.push(node);
    }
  }
  for (const siblings of [forest.roots, forest.orphans, ...[...nodes.values()].map((it) => it.children)]) {
    siblings.sort((a, b) => compare(a.span, b.span));
  }
  return forest;
}

/** Whether `of` has `ancestor` above it or is it; guards against a loop in broken data. */
function isAncestor(nodes: Map<string, SpanNode>, ancestor: string, of: string): boolean {
  const seen = new Set<string>();
  for (let id: string | undefined = of; id !== undefined && !seen.has(id); ) {
    if (id === ancestor) {
      return true;
    }
    seen.add(id);
    id = nodes.get(id)?.span.parentSpanId;
  }
  return false;
}

function compare(a: Span, b: Span): number {
  if (a.startNs !== b.startNs) {
    return a.startNs < b.startNs ? -1 : 1;
  }
  return a.spanId < b.spanId ? -1 : 1;
}
