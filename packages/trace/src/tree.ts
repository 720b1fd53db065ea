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

/**
 * Nests the spans of a trace by parent id. Input order does not matter. Of spans that are their own ancestors, which
 * only broken data has, the first in time becomes an orphan; so none is lost.
 */
export function toForest(trace: Trace): SpanForest {
  const nodes = new Map<string, SpanNode>();
  for (const span of trace.spans) {
    nodes.set(span.spanId, { span, children: [] });
  }
  const forest: SpanForest = { roots: [], orphans: [] };
  for (const node of nodes.values()) {
    const { parentSpanId } = node.span;
    const parent = parentSpanId === undefined ? undefined : nodes.get(parentSpanId);
    if (parentSpanId === undefined) {
      forest.roots.push(node);
    } else if (parent === undefined) {
      forest.orphans.push(node);
    } else {
      parent.children.push(node);
    }
  }
  cutLoops(nodes, forest);
  sort(forest.roots);
  sort(forest.orphans);
  for (const { children } of nodes.values()) {
    if (children.length > 1) sort(children);
  }
  return forest;
}

/** What no root or orphan leads to is in a loop or below one; each loop is opened at one place. */
function cutLoops(nodes: Map<string, SpanNode>, forest: SpanForest): void {
  const reached = new Set<SpanNode>();
  const reach = (start: SpanNode) => {
    const open = [start];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (!reached.has(node)) {
        reached.add(node);
        for (const child of node.children) open.push(child);
      }
    }
  };
  for (const node of [...forest.roots, ...forest.orphans]) reach(node);
  if (reached.size === nodes.size) {
    return;
  }
  const looping = [...nodes.values()].filter((it) => !reached.has(it));
  for (const node of sort(looping)) {
    if (reached.has(node)) {
      continue;
    }
    const loop = loopOf(node, nodes);
    const first = sort(loop)[0] as SpanNode;
    const parent = nodes.get(first.span.parentSpanId as string) as SpanNode;
    parent.children = parent.children.filter((it) => it !== first);
    forest.orphans.push(first);
    reach(first);
  }
}

/** The loop that one comes to by going from parent to parent. */
function loopOf(node: SpanNode, nodes: Map<string, SpanNode>): SpanNode[] {
  const path = new Set<SpanNode>();
  let at = node;
  while (!path.has(at)) {
    path.add(at);
    at = nodes.get(at.span.parentSpanId as string) as SpanNode;
  }
  const way = [...path];
  return way.slice(way.indexOf(at));
}

function sort(nodes: SpanNode[]): SpanNode[] {
  return nodes.sort((a, b) => compare(a.span, b.span));
}

function compare(a: Span, b: Span): number {
  if (a.startNs !== b.startNs) {
    return a.startNs < b.startNs ? -1 : 1;
  }
  return a.spanId < b.spanId ? -1 : 1;
}
