import type { OriginFinder, Span, Trace } from "@envoy-mesh-lab/trace";
import { serviceOf } from "@envoy-mesh-lab/trace";
import type { Decomposer } from "./decompose.ts";
import { peersOf } from "./label.ts";
import type { SpanIndex } from "./span-index.ts";
import { isAsking } from "./span-index.ts";

/** Who made a span: its service, and whether that is a proxy. */
export interface Party {
  service: string;
  isProxy: boolean;
}

/** One call from one party to another, with whose time it was. Times are in ns. */
export interface EdgeCall {
  /** Absent where the caller reports no span: it is outside of the trace. */
  from?: Party;
  /** Absent where the other end reports no span. */
  to?: Party;
  /** Of a call without an answering span: what it says that it asked, the most telling first. */
  peers: string[];
  /** On the calling side's clock where it reports, else on the other's. */
  durationNs: number;
  isError: boolean;
  /** How much of the trace's end-to-end time was spent below this call by proxies, and by applications. */
  proxyNs: number;
  appNs: number;
}

/** The calls of a trace that go from one party to another, as a map has edges, each with whose time it was. */
export function edgeCalls(decomposer: Decomposer, trace: Trace, findOrigins?: OriginFinder): EdgeCall[] {
  const detail = decomposer.detail(trace, findOrigins);
  const { index } = detail;
  const count = index.spans.length;
  const proxyNs = new Float64Array(count);
  const appNs = new Float64Array(count);
  for (const { from, to, hop, span } of decomposer.segments(detail, "answer")) {
    const sums =
      hop.role === "proxy" ? proxyNs : hop.role === "app" || hop.role === "client" ? appNs : undefined;
    if (sums !== undefined) addUpwards(index, sums, span, to - from);
  }
  const found: EdgeCall[] = [];
  for (let i = 0; i < count; i++) {
    const call = callAt(index, i);
    if (call !== undefined) {
      const below = call.below;
      found.push({ ...call.edge, proxyNs: proxyNs[below] as number, appNs: appNs[below] as number });
    }
  }
  return found;
}

/** Adds to a span and to all that it is below of. Parents that go round in a circle were cut by the index. */
function addUpwards({ parent }: SpanIndex, sums: Float64Array, span: number, ns: number): void {
  for (let at = span; at >= 0; at = parent[at] as number) sums[at] = (sums[at] as number) + ns;
}

/** The call that a span answers, or that it makes where nobody is seen to answer it; and below which span its time is. */
function callAt(index: SpanIndex, i: number) {
  const { parent, node, duration, firstChild } = index;
  const span = index.spans[i] as Span;
  const above = parent[i] as number;
  const isEntry = above < 0 ? !isAsking(span.kind) : node[above] !== node[i];
  if (isEntry) {
    const caller = above >= 0 && isAsking((index.spans[above] as Span).kind) ? above : i;
    const edge = {
      ...(above < 0 ? {} : { from: partyAt(index, above) }),
      to: partyAt(index, i),
      peers: [],
      durationNs: duration[caller] as number,
      isError: isErrorAt(index, caller) || isErrorAt(index, i),
    };
    return { edge, below: i };
  }
  if (!isAsking(span.kind) || (firstChild[i] as number) >= 0) return undefined;
  const edge = {
    from: partyAt(index, i),
    peers: peersOf(index, i).named,
    durationNs: duration[i] as number,
    isError: isErrorAt(index, i),
  };
  return { edge, below: i };
}

function partyAt(index: SpanIndex, i: number): Party {
  return { service: serviceOf(index.spans[i] as Span), isProxy: index.who[i]?.role === "proxy" };
}

function isErrorAt({ spans }: SpanIndex, i: number): boolean {
  return spans[i]?.status.code === "error";
}
