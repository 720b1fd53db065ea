import type { Span, TraceIndex } from "@envoy-mesh-lab/trace";
import { childrenOf, serviceOf } from "@envoy-mesh-lab/trace";

/** Whether two spans are of one proxy that looks one way. */
export function isSameProxy(index: TraceIndex, a: number, b: number): boolean {
  return (
    a >= 0 &&
    index.isProxy[a] === 1 &&
    index.isProxy[b] === 1 &&
    index.who[a]?.direction === index.who[b]?.direction &&
    serviceOf(index.spans[a] as Span) === serviceOf(index.spans[b] as Span)
  );
}

/** The spans of one proxy below its first one, and the first span of any other party below them. */
export function passageOf(index: TraceIndex, head: number): { own: number[]; called: number | undefined } {
  const own: number[] = [];
  let called: number | undefined;
  const open = [head];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    own.push(at);
    for (const child of childrenOf(index, at)) {
      if (isSameProxy(index, child, head)) open.push(child);
      // Whom a side call asks (ext_authz, a rate limit) is not the one that the request was for.
      else if (!(index.spans[at] as Span).name.startsWith("async ")) called ??= child;
    }
  }
  return { own, called };
}
