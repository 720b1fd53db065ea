import type { Span, TraceIndex } from "@envoy-mesh-lab/trace";
import { idsWith, labelAt, serviceOf } from "@envoy-mesh-lab/trace";
import type { Finding } from "../findings.ts";
import type { OpenCall } from "../open-calls.ts";
import { holds, isOpenCall, OpenCalls, openCallAt } from "../open-calls.ts";
import { adviceAt } from "../product-advice.ts";
import { pathOf } from "../span-facts.ts";
import type { Rule } from "./rule.ts";

/** Spans that sit beside the call that they belong below: the header carried the context of the span above the call. */
export const checkSiblings: Rule = ({ index, explained }) => {
  const findings: Finding[] = [];
  // Their call has their own id and is not in the input, so that they do not belong below any that is.
  const halves = idsWith(index.trace, ["half-shared-span"]);
  for (let i = 0; i < index.spans.length; i++) {
    if ((index.firstChild[i] as number) < 0) continue;
    const strays = straysBelow(index, i).filter((it) => !halves.has((index.spans[it] as Span).spanId));
    if (strays.length === 0) continue;
    const open = openCallsOf(index, i);
    if (!mayHold(index, open, strays)) continue;
    const calls = new OpenCalls();
    for (const it of open) calls.add(openCallAt(index, it) as OpenCall, "");
    for (const stray of strays) {
      const call = takeCall(index, stray, calls);
      if (call) {
        explained.add(stray).add(call.place);
        findings.push(sibling(index, i, stray, call));
      }
    }
  }
  return findings;
};

/** Of more calls than these it is not looked at whether they hold anything. */
const fewCalls = 16;

/** Whether any of some calls may hold one of some spans in time: of a few calls mostly none does. */
function mayHold({ baseNs, start, end }: TraceIndex, calls: number[], spans: number[]): boolean {
  if (calls.length > fewCalls) return true;
  const base = Number(baseNs);
  return calls.some((call) => {
    const times = { start: base + (start[call] as number), end: base + (end[call] as number) };
    return spans.some((it) => holds(times, base + (start[it] as number), base + (end[it] as number)));
  });
}

/** The children of a span that a remote call must have made, although the span is no call to them. */
function straysBelow(index: TraceIndex, i: number): number[] {
  const above = index.spans[i] as Span;
  const { firstChild, nextSibling } = index;
  if (above.kind === "producer" || above.kind === "consumer") return [];
  // One span below a call is as it should be; so are several below a proxy, which tries again.
  const isAlone = (nextSibling[firstChild[i] as number] as number) < 0;
  if (above.kind === "client" && (isAlone || index.isProxy[i] === 1)) return [];
  const strays: number[] = [];
  let served = 0;
  for (let child = firstChild[i] as number; child >= 0; child = nextSibling[child] as number) {
    const span = index.spans[child] as Span;
    // A service without spans of what comes in has its own calls there.
    const incoming = span.kind === "server" || span.kind === "client";
    if (incoming && serviceOf(span) !== serviceOf(above)) {
      strays.push(child);
      served++;
    } else if (isOwnCall(index, child) && pathBelow(index, child) !== undefined) {
      strays.push(child);
    }
  }
  return above.kind === "client" && served < 2 ? [] : strays;
}

/** So many spans of a service's own are searched for the call that a stray span belongs to. */
const searched = 1000;

/** The calls below which nothing hangs, that the span's own service (or, below a call, a proxy) made there. */
function openCallsOf(index: TraceIndex, i: number): number[] {
  const calls: number[] = [];
  const { firstChild, nextSibling } = index;
  const above = index.spans[i] as Span;
  const queue = [i];
  let visited = 0;
  for (let at = queue.pop(); at !== undefined && visited < searched; at = queue.pop()) {
    visited++;
    for (let child = firstChild[at] as number; child >= 0; child = nextSibling[child] as number) {
      const span = index.spans[child] as Span;
      const isProxy = index.isProxy[child] === 1;
      const own = serviceOf(span) === serviceOf(above) && !isProxy;
      const passing = above.kind === "client" && isProxy;
      if (!own && !passing) continue;
      if (isOpenCall(index, child) && (passing || span.kind !== "server")) {
        calls.push(child);
      } else if (span.kind === "internal" || span.kind === "unspecified" || passing) {
        queue.push(child);
      }
    }
  }
  return calls;
}

function takeCall(index: TraceIndex, stray: number, calls: OpenCalls): OpenCall | undefined {
  const base = Number(index.baseNs);
  const span = index.spans[stray] as Span;
  // An application's call has a path of its own, which is not that of the call which it was asked by.
  const path = isOwnCall(index, stray) ? undefined : pathOf(span);
  // Of two calls of one service, the one is a part of the other only where it brings the other's request.
  const asked = isSameService(index, stray) ? pathBelow(index, stray) : undefined;
  return calls.take(
    "",
    base + (index.start[stray] as number),
    base + (index.end[stray] as number),
    (call) =>
      call.spanId !== span.spanId &&
      (asked === undefined || call.path === asked) &&
      (path === undefined || call.path === undefined || call.path === path),
  );
}

/** Whether the span above is of the same service. */
function isSameService(index: TraceIndex, i: number): boolean {
  const above = index.spans[index.parent[i] as number];
  return above !== undefined && serviceOf(above) === serviceOf(index.spans[i] as Span);
}

/** The path of what a call asks another service for, by that one's SERVER span. */
function pathBelow(index: TraceIndex, i: number): string | undefined {
  const { firstChild, nextSibling } = index;
  for (let child = firstChild[i] as number; child >= 0; child = nextSibling[child] as number) {
    const span = index.spans[child] as Span;
    if (span.kind === "server" && serviceOf(span) !== serviceOf(index.spans[i] as Span)) return pathOf(span);
  }
  return undefined;
}

function isOwnCall(index: TraceIndex, i: number): boolean {
  return index.isProxy[i] !== 1 && (index.spans[i] as Span).kind === "client";
}

function sibling(index: TraceIndex, above: number, stray: number, call: OpenCall): Finding {
  const label = labelAt(index, stray);
  return {
    code: "hop.sibling",
    edge: `${call.label} > ${label}`,
    evidence: `both have the same parent ${labelAt(index, above)}: ${label} sits beside ${call.label} instead of below it`,
    cause: call.isProxy
      ? `${call.service} sent on the traceparent that it received`
      : `${call.service} wrote traceparent before its CLIENT span was started, so that the header carries the span above it`,
    remedy: `${
      call.isProxy
        ? adviceAt(index, call.place).ownContext
        : "start the CLIENT span first, then inject from the context that holds it"
    }${isOwnCall(index, stray) && !isSameService(index, stray) ? `; and give ${serviceOf(index.spans[stray] as Span)} server instrumentation, which makes a SERVER span of what it is asked` : ""}`,
    spanIds: [(index.spans[stray] as Span).spanId, call.spanId],
  };
}
