import { missingParent } from "@envoy-mesh-lab/trace";
import type { SpanIndex } from "./span-index.ts";
import { startsAfter } from "./span-index.ts";

/** By how much an answer may be longer than its call, as a share of the call: servers end their spans a little late. */
const slack = 0.01;

/**
 * Puts the answer whose parent is missing below the proxy that passed its request on, where a trace has one of each: a proxy's
 * SERVER span with nothing below, and a tree that begins with a SERVER span. The proxy's CLIENT span was not reported, so that
 * its own time and the way onwards are not told apart, as where it makes none.
 *
 * Of several on either side nothing tells which belong together, and nothing is done; nor where the answer took longer than
 * the proxy, lies outside of it on the same clock, or has the name of another request.
 *
 * @param index its links between parents and children are changed.
 * @returns the place of the answer that was put below a call, or -1.
 */
export function joinAnswer(index: SpanIndex): number {
  const pairs = tornAnswers(index).flatMap((answer) => {
    const call = onlyOpenProxy(index, answer);
    return call >= 0 && fits(index, answer, call) ? [[answer, call] as const] : [];
  });
  const [pair, ...others] = pairs;
  if (pair === undefined || others.length > 0) return -1;
  const [answer, call] = pair;
  index.parent[answer] = call;
  index.nextSibling[answer] = index.firstChild[call] as number;
  index.firstChild[call] = answer;
  return answer;
}

/** The SERVER spans whose parent is missing, where a trace is in two pieces; none where it is in more. */
function tornAnswers({ parent, spans }: SpanIndex): number[] {
  const found: number[] = [];
  let pieces = 0;
  for (let i = 0; i < parent.length; i++) {
    if ((parent[i] as number) >= 0) continue;
    if (++pieces > 2) return [];
    if (parent[i] === missingParent && spans[i]?.kind === "server") found.push(i);
  }
  return pieces === 2 ? found : [];
}

/** The one SERVER span of a proxy with nothing below; -1 if there are several. */
function onlyOpenProxy(index: SpanIndex, answer: number): number {
  const { spans, who, node } = index;
  const own = new Set(treeOf(index, answer));
  let found = -1;
  for (let i = 0; i < spans.length; i++) {
    if (spans[i]?.kind !== "server" || who[i]?.role !== "proxy") continue;
    if (own.has(i) || node[i] === node[answer] || !hasOnlySteps(index, i)) continue;
    if (found >= 0) return -1;
    found = i;
  }
  return found;
}

/** Whether nothing is below a span but INTERNAL spans of the same party. */
function hasOnlySteps(index: SpanIndex, i: number): boolean {
  const { firstChild, spans, node } = index;
  if ((firstChild[i] as number) < 0) return true;
  const [, ...below] = treeOf(index, i);
  return below.every((it) => spans[it]?.kind === "internal" && node[it] === node[i]);
}

function treeOf({ firstChild, nextSibling }: SpanIndex, top: number): number[] {
  const found = [top];
  for (let next = 0; next < found.length; next++) {
    const at = found[next] as number;
    for (let it = firstChild[at] as number; it >= 0; it = nextSibling[it] as number) found.push(it);
  }
  return found;
}

function fits(index: SpanIndex, answer: number, call: number): boolean {
  const { duration, clock, exactClock, spans } = index;
  const [asked, took] = [duration[call] as number, duration[answer] as number];
  const allowed = asked * slack;
  if (took > asked + allowed) return false;
  const paths = [call, answer].map((it) => /\/\S*/.exec(spans[it]?.name ?? "")?.[0]);
  if (paths.every((it) => it !== undefined) && paths[0] !== paths[1]) return false;
  if (clock[call] !== clock[answer] || exactClock[answer] !== 1) return true;
  const from = startsAfter(index, answer, call);
  return from >= -allowed && from + took <= asked + allowed;
}
