import type { Span, TraceIndex } from "@envoy-mesh-lab/trace";
import { childrenOf, edgeAt, idsAt, labelAt, serviceOf } from "@envoy-mesh-lab/trace";
import type { Finding } from "../findings.ts";
import { methodOf, pathOf } from "../span-facts.ts";
import type { Rule } from "./rule.ts";

/** So much of the longer answer's time the shorter one takes at least, where the one is behind the other. */
const alike = 0.9;

/**
 * Calls with two answers, by two services, to one request: the one stands behind the other, which has a SERVER span only
 * and passed on the traceparent that it received. Several answers of one service are attempts, and those of two services
 * to requests that differ are two calls.
 */
export const checkAnsweredTwice: Rule = ({ index, explained }) => {
  const findings: Finding[] = [];
  for (let i = 0; i < index.spans.length; i++) {
    if ((index.spans[i] as Span).kind !== "client" || index.isProxy[i] === 1) continue;
    const [front, behind, third] = answersOf(index, i, explained);
    if (front === undefined || behind === undefined || third !== undefined) continue;
    if (!isOneRequest(index, front, behind)) continue;
    explained.add(front).add(behind);
    findings.push(answeredTwice(index, front, behind));
  }
  return findings;
};

/** The SERVER spans below a call that no rule has explained. */
function answersOf(index: TraceIndex, call: number, explained: ReadonlySet<number>): readonly number[] {
  const first = index.firstChild[call] as number;
  // As most have one at most.
  if (first < 0 || (index.nextSibling[first] as number) < 0) return [];
  return [...childrenOf(index, call)].filter(
    (it) => (index.spans[it] as Span).kind === "server" && !explained.has(it),
  );
}

function isOneRequest(index: TraceIndex, a: number, b: number): boolean {
  const [x, y] = [index.spans[a] as Span, index.spans[b] as Span];
  const path = pathOf(x);
  if (serviceOf(x) === serviceOf(y) || path === undefined || path !== pathOf(y)) return false;
  if (methodOf(x) !== methodOf(y)) return false;
  const [short, long] = [lengthOf(index, a), lengthOf(index, b)].sort((one, other) => one - other);
  return (short as number) >= (long as number) * alike;
}

function lengthOf({ start, end }: TraceIndex, i: number): number {
  return (end[i] as number) - (start[i] as number);
}

function answeredTwice(index: TraceIndex, front: number, behind: number): Finding {
  const service = serviceOf(index.spans[front] as Span);
  return {
    code: "hop.sibling",
    edge: edgeAt(index, front, behind),
    evidence: `${labelAt(index, front)} and ${labelAt(index, behind)} have the same parent ${labelAt(index, index.parent[front] as number)}, the same method and path, and took about as long: the one seems to be behind the other`,
    confidence: "likely",
    cause: `${service}, which started first, seems to be a proxy that makes a SERVER span only and passed on the traceparent that it received`,
    remedy: `give ${service} a CLIENT span for its upstream call (client instrumentation of its transport), and inject traceparent from that span`,
    spanIds: idsAt(index, [behind, front]),
  };
}
