import type { Span, TraceIndex } from "@envoy-mesh-lab/trace";
import { childrenOf, depthsOf, duration, edgeAt, idsAt, labelAt, serviceOf } from "@envoy-mesh-lab/trace";
import type { Finding } from "../findings.ts";
import { passageOf } from "../passage.ts";
import { adviceAt } from "../product-advice.ts";
import { flagsOf, hasFailed, httpStatusOf, outcomeOf, rpcStatusOf, wasLeft } from "../span-facts.ts";
import type { Rule } from "./rule.ts";

/** Flags of a proxy that gave up on its own clock: request, duration and stream timeouts (Envoy access log, RESPONSE_FLAGS). */
const gaveUpFlags = new Set(["UT", "DT", "UMSDR", "SI"]);

/** Who gave up first, where a deadline ended a call: told from what each span says of its end, not from the clocks. */
export const checkDeadlines: Rule = ({ index, explained }) => {
  const findings: Finding[] = [];
  let depths: Int32Array | undefined;
  const seen = new Uint8Array(index.spans.length);
  for (let i = 0; i < index.spans.length; i++) {
    if (seen[i] || !(gaveUp(index, i) || isLeftWaiting(index, i))) continue;
    const group = groupAround(index, i, seen);
    depths ??= depthsOf(index);
    const finding = judge(index, group, depths);
    if (finding) {
      for (const it of group) explained.add(it);
      findings.push(finding);
    }
  }
  return findings;
};

function gaveUp(index: TraceIndex, i: number): boolean {
  return proxyGaveUp(index, i) || appGaveUp(index, i);
}

function proxyGaveUp(index: TraceIndex, i: number): boolean {
  if (index.isProxy[i] !== 1) return false;
  const flags = flagsOf(index.spans[i] as Span);
  return flags.length > 0 ? flags.some((it) => gaveUpFlags.has(it)) : answeredTimeout(index, i);
}

/** Whether a proxy without flags answered 504 of its own: whom it asked has a span, and did not answer that. */
function answeredTimeout(index: TraceIndex, i: number): boolean {
  if (index.who[i]?.proxy === "envoy" || httpStatusOf(index.spans[i] as Span) !== 504) return false;
  const { called } = passageOf(index, i);
  return called !== undefined && httpStatusOf(index.spans[called] as Span) !== 504;
}

function appGaveUp(index: TraceIndex, i: number): boolean {
  const span = index.spans[i] as Span;
  return (
    index.isProxy[i] !== 1 && hasFailed(span) && /deadline_exceeded|timeout/i.test(rpcStatusOf(span) ?? "")
  );
}

function isLeft(index: TraceIndex, i: number): boolean {
  return index.isProxy[i] === 1 && wasLeft(index.spans[i] as Span);
}

/** Left before there was an answer: a stream may well be left after that. */
function isLeftWaiting(index: TraceIndex, i: number): boolean {
  return isLeft(index, i) && (httpStatusOf(index.spans[i] as Span) ?? 0) === 0;
}

/** Whether the end of this span may have to do with a deadline that another one hit. */
function isAffected(index: TraceIndex, i: number): boolean {
  const span = index.spans[i] as Span;
  const http = httpStatusOf(span);
  return (
    index.isProxy[i] === 1 ||
    hasFailed(span) ||
    rpcStatusOf(span) === "cancelled" ||
    (http !== undefined && (http === 0 || http >= 500))
  );
}

/** The spans around one that are affected too: up to the first that is not, and all below that one. */
function groupAround(index: TraceIndex, i: number, seen: Uint8Array): number[] {
  let top = i;
  for (let up = index.parent[top] as number; up >= 0 && !seen[up] && isAffected(index, up); ) {
    top = up;
    up = index.parent[top] as number;
  }
  const group: number[] = [];
  const queue = [top];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    if (seen[at]) continue;
    seen[at] = 1;
    group.push(at);
    for (const child of childrenOf(index, at)) {
      if (isAffected(index, child)) queue.push(child);
    }
  }
  return group;
}

function judge(index: TraceIndex, group: number[], depths: Int32Array): Finding | undefined {
  const proxies = group.filter((it) => proxyGaveUp(index, it));
  if (proxies.length > 0) {
    // A proxy's SERVER span carries the flags of its CLIENT span: the last one down is the one that waited.
    return told(index, group, "deadline.proxy-first", deepest(proxies, depths));
  }
  const apps = group.filter((it) => appGaveUp(index, it));
  const giver = apps.length > 0 ? firstToGiveUp(index, apps, depths) : undefined;
  const left = new Set(group.filter((it) => isLeftWaiting(index, it)));
  const highest = [...left].find((it) => !left.has(index.parent[it] as number));
  // Below a span of this trace it was that one that broke off: to try again, or because it was left itself.
  const top = highest !== undefined && (index.parent[highest] as number) < 0 ? highest : undefined;
  // An application that was given the caller's deadline hits it too, a moment later: then nobody gets its answer.
  if (giver !== undefined && (top === undefined || isAnswered(index, giver))) {
    return told(index, group, "deadline.app-first", giver);
  }
  return top === undefined ? undefined : told(index, group, "deadline.caller-left", top);
}

/** Whether the next proxy above got an answer; where there is none, nothing says that it did not. */
function isAnswered(index: TraceIndex, i: number): boolean {
  let at = index.parent[i] as number;
  while (at >= 0 && !index.isProxy[at]) at = index.parent[at] as number;
  return at < 0 || (httpStatusOf(index.spans[at] as Span) ?? 0) !== 0;
}

function deepest(places: number[], depths: Int32Array): number {
  return places.reduce((best, it) => ((depths[it] as number) > (depths[best] as number) ? it : best));
}

/**
 * Of applications that all say that a deadline passed, the one whose own clock ended it: the lowest from which the
 * error came up as an answer. A proxy in between whose caller went away (DC) shows that the one above did not wait for
 * the answer; within one process, the span that ended first did it.
 */
function firstToGiveUp(index: TraceIndex, apps: number[], depths: Int32Array): number {
  const inApps = new Set(apps);
  let first = deepest(
    apps.toSorted((a, b) => a - b),
    depths,
  );
  for (let at = first; at >= 0; ) {
    let above = index.parent[at] as number;
    let answered = true;
    while (above >= 0 && !inApps.has(above)) {
      if (isLeft(index, above)) answered = false;
      above = index.parent[above] as number;
    }
    if (above < 0) break;
    const sameProcess = serviceOf(index.spans[above] as Span) === serviceOf(index.spans[at] as Span);
    if (sameProcess ? (index.end[above] as number) < (index.end[at] as number) : !answered) {
      first = above;
    }
    at = above;
  }
  return first;
}

function told(
  index: TraceIndex,
  group: number[],
  code: "deadline.app-first" | "deadline.proxy-first" | "deadline.caller-left",
  giver: number,
): Finding {
  const below = index.firstChild[giver] as number;
  const above = index.parent[giver] as number;
  const label = labelAt(index, giver);
  const service = serviceOf(index.spans[giver] as Span);
  const took = duration((index.end[giver] as number) - (index.start[giver] as number));
  const outcome = (i: number) => `${labelAt(index, i)}: ${outcomeOf(index.spans[i] as Span)}`;
  const others = [above, below].filter((it) => it >= 0).map(outcome);
  return {
    code,
    edge:
      below >= 0
        ? edgeAt(index, giver, below)
        : above >= 0
          ? edgeAt(index, above, giver)
          : `client > ${label}`,
    evidence: `${code === "deadline.caller-left" ? `the caller of ${label} went away` : `${label} gave up`} after ${took} (${outcomeOf(index.spans[giver] as Span)})${others.length > 0 ? `; ${others.join("; ")}` : ""}`,
    ...whyGaveUp(code, service, adviceAt(index, giver).timeout, headersOf(index, group)),
    spanIds: idsAt(index, [giver, ...group.filter((it) => it !== giver)]),
  };
}

/** The headers that carry an RPC's deadline, where any span is of an RPC: plain HTTP has none. */
function headersOf(index: TraceIndex, group: number[]): string {
  const isRpc = group.some((it) => rpcStatusOf(index.spans[it] as Span) !== undefined);
  return isRpc ? " (Connect-Timeout-Ms, grpc-timeout)" : "";
}

function whyGaveUp(
  code: "deadline.app-first" | "deadline.proxy-first" | "deadline.caller-left",
  service: string,
  timeout: string,
  headers: string,
): Pick<Finding, "cause" | "remedy"> {
  switch (code) {
    case "deadline.proxy-first":
      return {
        cause: `a timeout of ${service} (${timeout}) ended the call before its caller gave up`,
        remedy: `let the caller give up first: raise that timeout of ${service} (for streams, remove it), or shorten the deadline of the caller${headers}`,
      };
    case "deadline.app-first":
      return {
        cause: `the deadline that ${service} set or was given${headers} expired before an answer came; no proxy on the way gave up earlier`,
        remedy:
          "make the calls below it faster, or allow more time; and check that the work below stops when the caller has gone",
      };
    case "deadline.caller-left":
      return {
        cause:
          "the caller, which has no span in this trace, reached its own deadline, cancelled, or lost its connection",
        remedy:
          "see in the caller's own logs which it was, and compare its deadline with the time that the call takes",
      };
  }
}
