import type { Span, TraceIndex } from "@envoy-mesh-lab/trace";
import { edgeAt, idsAt, labelAt, serviceOf } from "@envoy-mesh-lab/trace";
import type { Finding } from "../findings.ts";
import { isSameProxy, passageOf } from "../passage.ts";
import { localReply } from "../response-flags.ts";
import { flagsOf, httpStatusOf, outcomeOf, rpcStatusOf } from "../span-facts.ts";
import type { Rule } from "./rule.ts";

/** What the gateway's statuses say where a proxy has no flags (RFC 9110, section 15.6). */
const gatewayStatuses: Readonly<Record<number, { why: string; remedy: string }>> = {
  502: {
    why: "it could not connect to the upstream, or did not understand its answer",
    remedy:
      "see that the upstream runs, listens on that address, and speaks that protocol; the proxy's log has the reason",
  },
  503: {
    why: "it has no upstream to send this to, or all are down",
    remedy: "see which upstreams the proxy knows, and their health checks",
  },
  504: {
    why: "the upstream did not answer in the proxy's time",
    remedy: "compare the proxy's timeout with the time that the call takes",
  },
};

/** Proxies that answered by themselves, so that the error is theirs or the way's, and no application's. */
export const checkLocalReplies: Rule = ({ index, explained }) => {
  const findings: Finding[] = [];
  const told = new Set<number>();
  const headOf = headsIn(index);
  for (let i = 0; i < index.spans.length; i++) {
    if (index.isProxy[i] !== 1 || explained.has(i)) continue;
    const flags = localFlags(index, i);
    if (flags.length > 0) {
      const head = headOf(i);
      const finding = told.has(head) ? undefined : byFlags(index, head);
      told.add(head);
      if (finding) findings.push(finding);
    } else if (isGatewayError(index, i)) {
      findings.push(byStatus(index, i));
    }
  }
  return findings;
};

function localFlags(index: TraceIndex, i: number): string[] {
  const span = index.spans[i] as Span;
  // A good answer came from somewhere, whatever was tried before. An error over gRPC rides on HTTP 200.
  const [http, rpc] = [httpStatusOf(span), rpcStatusOf(span)];
  const isGood = http !== undefined && http >= 200 && http < 400 && (rpc === undefined || rpc === "ok");
  if (isGood) return [];
  return flagsOf(span).filter((it) => localReply(it) !== undefined);
}

/**
 * Tells the highest span of the same proxy that says so too: its SERVER span has the flags of its CLIENT spans. Each span is
 * looked at once, however deep they hang.
 */
function headsIn(index: TraceIndex): (i: number) => number {
  const { parent } = index;
  const known = new Map<number, number>();
  return (i) => {
    let top = i;
    for (
      let up = parent[i] as number;
      !known.has(top) && isSameProxy(index, up, i);
      up = parent[up] as number
    ) {
      if (localFlags(index, up).length === 0) break;
      top = up;
    }
    const head = known.get(top) ?? top;
    for (let it = i; it !== top; it = parent[it] as number) known.set(it, head);
    known.set(top, head);
    return head;
  };
}

function byFlags(index: TraceIndex, head: number): Finding | undefined {
  const { own, called } = passageOf(index, head);
  const flags = [...new Set(own.flatMap((it) => localFlags(index, it)))];
  // That the attempts failed says less than why they did.
  const telling = flags.filter((it) => it !== "URX");
  // The last attempt was answered, and its answer is what went back: the rule on retries tells of it.
  if (telling.length === 0 && called !== undefined) return undefined;
  const shown = (telling.length > 0 ? telling : flags).map((it) => ({ flag: it, ...localReply(it) }));
  const isNever = shown.every((it) => it.reached === "no") && called === undefined;
  const [first] = shown;
  return {
    code: "status.local-reply",
    edge: called === undefined ? `${labelAt(index, head)} > ?` : edgeAt(index, head, called),
    evidence: `${labelAt(index, head)} answered by itself (${outcomeOf(index.spans[head] as Span)}), as ${shown.map((it) => `${it.why} (${it.flag}, ${it.long})`).join(", and ")}${upstreamOf(index, own)}; ${reachedInWords(index, isNever, called)}`,
    cause: `${serviceOf(index.spans[head] as Span)} made this answer itself, without any application: ${first?.why}`,
    remedy: first?.remedy ?? "",
    spanIds: idsAt(index, own),
  };
}

function upstreamOf(index: TraceIndex, own: number[]): string {
  for (const it of own.toReversed()) {
    const { attributes } = index.spans[it] as Span;
    const cluster = attributes["upstream_cluster.name"] ?? attributes.upstream_cluster;
    if (typeof cluster === "string" && cluster !== "" && cluster !== "-")
      return `; its cluster is ${cluster}`;
  }
  return "";
}

function reachedInWords(index: TraceIndex, isNever: boolean, called: number | undefined): string {
  if (called !== undefined) return `${labelAt(index, called)} is below it, so the request had got that far`;
  return isNever
    ? "the application was never reached: nothing is below it"
    : "nothing is below it: whether the application had begun, only its own log tells";
}

/** A proxy without flags that answers as gateways do, with nothing below it but its own spans. */
function isGatewayError(index: TraceIndex, i: number): boolean {
  const span = index.spans[i] as Span;
  if (index.who[i]?.proxy === "envoy" || gatewayStatuses[httpStatusOf(span) ?? 0] === undefined) return false;
  const isHead = !isSameProxy(index, index.parent[i] as number, i);
  return isHead && passageOf(index, i).called === undefined;
}

function byStatus(index: TraceIndex, i: number): Finding {
  const span = index.spans[i] as Span;
  const { why, remedy } = gatewayStatuses[httpStatusOf(span) as number] as { why: string; remedy: string };
  return {
    code: "status.local-reply",
    edge: `${labelAt(index, i)} > ?`,
    evidence: `${labelAt(index, i)} answered as proxies do by themselves (${outcomeOf(span)}), and nothing of anybody else is below it: it seems that the application was never reached, unless it makes no spans`,
    confidence: "likely",
    cause: `most likely ${why}`,
    remedy,
    spanIds: idsAt(index, passageOf(index, i).own),
  };
}
