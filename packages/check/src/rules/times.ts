import type { Span, TraceIndex } from "@envoy-mesh-lab/trace";
import { duration, edgeAt, idsAt, labelAt, serviceOf } from "@envoy-mesh-lab/trace";
import type { Finding } from "../findings.ts";
import { flagsOf, hasFailed } from "../span-facts.ts";
import type { Rule, RuleInput } from "./rule.ts";

/** How much longer than its parent a child of the same process may take before it counts as outliving it, in nanoseconds. */
const outliveTolerance = 10e6;
/**
 * The same for a child in another process of which nothing shows that it went on: it ends its SERVER span when it gets to it,
 * and a container that has used up its share of the CPU is stopped for the rest of the period, 100 ms by default (Linux,
 * cpu.max and cpu.cfs_period_us). Its caller has had the answer by then.
 */
const outliveToleranceUnseen = 100e6;
/** Either as a part of the parent's duration. */
const outliveShare = 0.05;

/** A call that lasts longer, in nanoseconds, is a stream or a poll, or something that hangs. */
const longLived = 3.6e12;

/** Spans that end before they start, children that outlive their parents, and calls that last for hours. */
export const checkTimes: Rule = (input) => {
  const { index } = input;
  const backwards: number[] = [];
  const long: number[] = [];
  const findings: Finding[] = [];
  for (let i = 0; i < index.spans.length; i++) {
    if ((index.end[i] as number) < (index.start[i] as number)) backwards.push(i);
    const { kind } = index.spans[i] as Span;
    if ((kind === "client" || kind === "server") && lengthOf(index, i) >= longLived) long.push(i);
    const parent = index.parent[i] as number;
    if (parent >= 0 && outlives(input, parent, i)) findings.push(outliving(input, parent, i));
  }
  return [
    ...(backwards.length > 0 ? [endsBeforeStart(index, backwards)] : []),
    ...findings,
    ...(long.length > 0 ? [lastsForHours(index, long)] : []),
  ];
};

function lengthOf({ start, end }: TraceIndex, i: number): number {
  return (end[i] as number) - (start[i] as number);
}

/** Only durations are compared across processes, so that clocks that differ change nothing. */
function outlives({ index, process, explained }: RuleInput, parent: number, child: number): boolean {
  if (index.untimed.has(parent)) return false;
  const above = index.spans[parent] as Span;
  const below = index.spans[child] as Span;
  const taken = lengthOf(index, parent);
  const allowed = taken + outliveTolerance + taken * outliveShare;
  const until = (index.end[child] as number) - (index.start[parent] as number);
  // As most are: neither longer than the parent, nor ending after it.
  if (lengthOf(index, child) <= allowed && until <= allowed) return false;
  if (process(above) !== process(below)) {
    // Only a call waits for what another process does; a handler that passed its context on may not.
    const isCall = above.kind === "client" || index.isProxy[parent] === 1;
    const isLate =
      lengthOf(index, child) > allowed + outliveToleranceUnseen - outliveTolerance ||
      (lengthOf(index, child) > allowed && wentOn(index, parent, child, allowed));
    return isCall && isLate && waits(above, below) && !ended(index, parent, explained);
  }
  if (until <= allowed || (index.start[child] as number) >= (index.end[parent] as number)) {
    return false;
  }
  // In one process a parent may leave work behind on purpose. It is wrong only where its caller waited for that work.
  const caller = index.parent[parent] as number;
  return (
    waits(above, below) && caller >= 0 && lengthOf(index, caller) >= until && !ended(index, parent, explained)
  );
}

/**
 * Whether the child did something after its caller had its answer, or the caller's own parent was open as long as the child: it
 * was still reading. Without either, all that is known is that the child's process ended its span late.
 */
function wentOn(index: TraceIndex, parent: number, child: number, allowed: number): boolean {
  const caller = index.parent[parent] as number;
  if (
    caller >= 0 &&
    (index.end[caller] as number) - (index.start[parent] as number) >= lengthOf(index, child)
  )
    return true;
  const answered = (index.start[child] as number) + allowed;
  let below = index.firstChild[child] as number;
  while (below >= 0 && (index.start[below] as number) <= answered) below = index.nextSibling[below] as number;
  return below >= 0;
}

/** Whether the parent is a call that waits for the child: messages through a broker are not waited for. */
function waits(above: Span, below: Span): boolean {
  return ![above.kind, below.kind].some((it) => it === "producer" || it === "consumer");
}

/** Whether the parent gave up or was given up: then its child goes on, and another rule says why. */
function ended(index: TraceIndex, i: number, explained: Set<number>): boolean {
  const span = index.spans[i] as Span;
  return explained.has(i) || hasFailed(span) || flagsOf(span).length > 0;
}

function outliving({ index, process }: RuleInput, parent: number, child: number): Finding {
  const label = labelAt(index, parent);
  const below = labelAt(index, child);
  const service = serviceOf(index.spans[parent] as Span);
  return {
    code: "time.outlives-parent",
    edge: edgeAt(index, parent, child),
    evidence:
      process(index.spans[parent] as Span) === process(index.spans[child] as Span)
        ? `${below} ended ${duration((index.end[child] as number) - (index.end[parent] as number))} after its parent ${label}, whose caller was still waiting`
        : `${below} took ${duration(lengthOf(index, child))}, its parent ${label} only ${duration(lengthOf(index, parent))}`,
    cause: `${service} ends its span before the call is over: at the first message of a stream, at the response's headers, or because nothing awaits the rest`,
    remedy: `end the span of ${service} when the last message has passed or the body was read, and give work that goes on afterwards a span of its own, with a link to this one`,
    spanIds: idsAt(index, [child, parent]),
  };
}

function lastsForHours(index: TraceIndex, places: number[]): Finding {
  const longest = places.reduce((best, it) => (lengthOf(index, it) > lengthOf(index, best) ? it : best));
  return {
    code: "time.long-lived",
    edge: labelAt(index, longest),
    evidence: `${places.length === 1 ? "a call lasts" : `${places.length} calls last`} longer than an hour: ${labelAt(index, longest)} took ${(lengthOf(index, longest) / 3.6e12).toFixed(1)} hours`,
    cause:
      "one span stands for a whole stream (gRPC, WebSocket, server-sent events): it is sent when the stream ends, and the span of a stream that never ends is in no trace",
    remedy:
      "end streams after a maximum time and let clients reconnect (Envoy: max_stream_duration), drop their spans by a sampler, or make a span for each message, linked to the stream's; percentiles that include these spans are meaningless",
    spanIds: idsAt(index, [longest, ...places.filter((it) => it !== longest)]),
  };
}

function endsBeforeStart(index: TraceIndex, places: number[]): Finding {
  const first = places[0] as number;
  const services = [...new Set(places.map((it) => serviceOf(index.spans[it] as Span)))].sort();
  return {
    code: "time.ends-before-start",
    edge: labelAt(index, first),
    evidence: `${places.length === 1 ? "a span ends before it starts" : `${places.length} spans end before they start`}: ${labelAt(index, first)} by ${duration(-lengthOf(index, first))}`,
    cause: "the clock was set back while the span was open, or start and end were written in different units",
    remedy: `let ${services.join(", ")} measure durations with a monotonic clock`,
    spanIds: idsAt(index, places),
  };
}
