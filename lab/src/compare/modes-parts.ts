import { durationNs, type Span, serviceOf, type Trace } from "../trace/model.ts";
import { type Attributions, attribute } from "../trace/role.ts";
import { type SpanNode, toForest } from "../trace/tree.ts";

/** One part of a call's time. */
export interface CallPart {
  /** "edge inbound" for a proxy, "edge > gateway-proxy" for a leg, "gateway" for an application. */
  readonly name: string;
  readonly kind: "app" | "proxy" | "network";
  /** In milliseconds. A leg may be a little below zero: a server may end its span after its answer was read. */
  readonly ms: number;
}

/**
 * Divides the time of a call that passes its hops one after the other, without remainder: each span's time, less that
 * of the span under it, is the application's or the proxy's own from a SERVER span down to the same one's CLIENT span,
 * and the network's from a CLIENT span down to the next one's SERVER span. Only durations are used, so that the clocks
 * of hosts need not agree.
 *
 * @returns the parts from the caller's side on; undefined when the spans are no such chain, as some are missing.
 */
export function partsOf(trace: Trace): CallPart[] | undefined {
  const roleOf = attribute(trace);
  const { roots, orphans } = toForest(trace);
  // The parent of the topmost span is missing when the load generator began the trace.
  const [top, ...others] = [...roots, ...orphans];
  if (top?.span.kind !== "server" || others.length > 0) {
    return undefined;
  }
  const parts: CallPart[] = [];
  for (let node: SpanNode | undefined = top; node !== undefined; node = node.children[0]) {
    const child: SpanNode | undefined = node.children[0];
    const part = partBetween(node.span, child?.span, roleOf);
    if (node.children.length > 1 || part === undefined) {
      return undefined;
    }
    parts.push(part);
  }
  return parts;
}

function partBetween(span: Span, child: Span | undefined, roleOf: Attributions): CallPart | undefined {
  const own = durationNs(span) - (child === undefined ? 0n : durationNs(child));
  const ms = Number(own) / 1e6;
  const { role, direction } = roleOf(span);
  if (span.kind === "client") {
    return child?.kind === "server"
      ? { name: `${serviceOf(span)} > ${serviceOf(child)}`, kind: "network", ms }
      : undefined;
  }
  const isInner = child?.kind === "client" && serviceOf(child) === serviceOf(span);
  if (span.kind !== "server" || !(isInner || (child === undefined && role === "app"))) {
    return undefined;
  }
  return role === "app"
    ? { name: serviceOf(span), kind: "app", ms }
    : { name: direction ? `${serviceOf(span)} ${direction}` : serviceOf(span), kind: "proxy", ms };
}
