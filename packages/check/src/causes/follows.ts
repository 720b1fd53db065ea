import type { Span, TraceIndex } from "@envoy-mesh-lab/trace";
import { idsAt, topDown } from "@envoy-mesh-lab/trace";
import type { Finding } from "../findings.ts";
import { severityOf } from "../findings.ts";
import { hasFailed, proxySawFailure, rpcStatusOf, wasLeft } from "../span-facts.ts";
import type { Edge } from "./edge.ts";
import { edgeOf, placesOf } from "./edge.ts";
import {
  endsCall,
  isBrokenData,
  isEnd,
  isLack,
  isLoss,
  isOutcome,
  losesSpans,
  losesValue,
  tearRank,
} from "./explains.ts";
import { sameExpectations } from "./same-expectation.ts";
import type { Marks } from "./spread.ts";
import { spreadDown, spreadUp } from "./spread.ts";

/** The spans above a broken edge, whatever hangs there, and those below it, by their ids. */
export interface EdgeIds {
  above: string[];
  below: string[];
}

/** Which findings of a trace follow from which. */
export interface Relations {
  /** From which other finding one follows; what stands by itself has no entry. Free of circles. */
  from: Map<Finding, Finding>;
  /** The root below which all spans of a finding are that something lacks, by its span id. */
  topOf: Map<Finding, string>;
  /** The spans at a broken edge, by their ids. */
  edgeIds: Map<Finding, EdgeIds>;
}

/**
 * Finds out which findings of a trace follow from another one of it:
 *
 * - from a part of the input that could not be read, what is not there;
 * - from ids that are used twice, that parents are wrong below them;
 * - from a call that was answered before it was through, or given up, that nothing is below it, how its callers ended, and the
 *   attempts that came after;
 * - from attempts, that there are more spans than expected;
 * - from a broken edge, whatever else is said of the same edge, and what is not there below it;
 * - from an expectation that is not met, the same one further down (or up, for how a call ended, which is told upwards).
 *
 * Pure; the order of spans and of findings changes nothing; linear in the spans.
 */
export function relate(index: TraceIndex, findings: readonly Finding[]): Relations {
  const relations: Relations = { from: new Map(), topOf: new Map(), edgeIds: new Map() };
  for (const it of findings) {
    if (tearRank(it) !== undefined) relations.edgeIds.set(it, edgeIds(index, edgeOf(index, it)));
    const top = isLack(it) ? commonTop(index, placesOf(index, it)) : undefined;
    if (top !== undefined) relations.topOf.set(it, top);
  }
  if (findings.length < 2) return relations;
  const map = new CauseMap(index, findings);
  const same = sameExpectations(index, findings);
  for (const it of findings) {
    const found = map.causeOf(it) ?? same.get(it);
    if (found && found !== it && (severityOf(found.code) !== "note" || severityOf(it.code) === "note")) {
      relations.from.set(it, found);
    }
  }
  return relations;
}

function edgeIds(index: TraceIndex, { above, below }: Edge): EdgeIds {
  const parents = below.map((it) => index.parent[it] as number).filter((it) => it >= 0);
  return { above: idsAt(index, new Set([...above, ...parents])), below: idsAt(index, below) };
}

/** So many steps up a trace are gone to find its beginning; nobody expects anything of deeper ones. */
const deepest = 10_000;

function commonTop(index: TraceIndex, places: number[]): string | undefined {
  let common: number | undefined;
  for (const place of places.length > 100 ? [] : places) {
    let top = place;
    for (let n = 0; (index.parent[top] as number) >= 0 && n < deepest; n++) top = index.parent[top] as number;
    if (common !== undefined && common !== top) return undefined;
    common = top;
  }
  return common === undefined ? undefined : (index.spans[common] as Span).spanId;
}

class CauseMap {
  readonly #index: TraceIndex;
  readonly #edges = new Map<Finding, Edge>();
  readonly #above = new Map<number, Finding[]>();
  readonly #below = new Map<number, Finding[]>();
  readonly #lossy: Finding | undefined;
  readonly #unread: Finding[];
  /** What says why spans may not be there, the most telling first. */
  readonly #losses: Finding[];
  /** Spans of a call that was answered or given up on the way. */
  readonly #ended = new Map<number, Finding>();
  readonly #belowEnd: Marks;
  readonly #aboveEnd: Marks;
  readonly #belowLoss: Marks;
  readonly #belowRetry: Marks;
  readonly #belowBroken: Marks;

  constructor(index: TraceIndex, findings: readonly Finding[]) {
    this.#index = index;
    this.#lossy = findings.find(losesSpans);
    this.#unread = findings.filter((it) => losesValue(it.code));
    this.#losses = [
      ...findings.filter(endsCall),
      ...findings.filter(isLoss).toSorted((a, b) => (tearRank(a) as number) - (tearRank(b) as number)),
    ];
    const order = topDown(index);
    const givers = new Map<number, Finding>();
    const retried = new Map<number, Finding>();
    const broken = new Map<number, Finding>();
    const lost = { at: new Map<number, Finding>(), under: new Map<number, Finding>() };
    for (const it of findings) {
      const places = placesOf(index, it);
      if (endsCall(it)) {
        keepFirst(this.#ended, places, it);
        // Of a deadline, only who gave up ends what is below; the other spans are those that saw it.
        keepFirst(givers, it.code === "status.local-reply" ? places : places.slice(0, 1), it);
      }
      if (it.code === "retry.hidden") keepFirst(retried, places, it);
      if (isBrokenData(it)) keepFirst(broken, places, it);
      if (tearRank(it) === undefined) continue;
      const edge = edgeOf(index, it);
      this.#edges.set(it, edge);
      for (const place of edge.above) push(this.#above, place, it);
      for (const place of edge.below) push(this.#below, place, it);
      if (!isLoss(it)) continue;
      keepFirst(lost.at, edge.below, it);
      keepFirst(lost.under, edge.above, it);
    }
    this.#belowEnd = spreadDown(index, order, givers);
    this.#aboveEnd = spreadUp(index, order, this.#ended);
    this.#belowLoss = spreadDown(index, order, lost.at, lost.under);
    this.#belowRetry = spreadDown(index, order, retried);
    this.#belowBroken = spreadDown(index, order, broken);
  }

  /** The finding from which one follows, if any does. */
  causeOf(it: Finding): Finding | undefined {
    return this.#byInput(it) ?? this.#byEnd(it) ?? this.#byLoss(it) ?? this.#byRetry(it) ?? this.#byEdge(it);
  }

  #byInput(it: Finding): Finding | undefined {
    const isMissing = isEnd(it) || (isLoss(it) && it.code !== "hop.sibling") || it.code === "trace.no-root";
    if (isMissing && this.#lossy) return this.#lossy;
    if (!isLack(it) || it.spanIds.length === 0) return undefined;
    return this.#unread.find(({ spanIds }) => it.spanIds.every((id) => spanIds.includes(id)));
  }

  #byEnd(it: Finding): Finding | undefined {
    const { spans } = this.#index;
    const places = placesOf(this.#index, it);
    const [first] = places;
    if (first === undefined) return undefined;
    const endedAt = (place: number) => this.#ended.get(place) ?? this.#belowEnd[place];
    if (it.code === "retry.hidden") {
      return places.map((place) => this.#ended.get(place)).find((found) => found !== undefined);
    }
    if (it.code === "time.outlives-parent") {
      return places.every(endedAt) ? endedAt(first) : undefined;
    }
    if (isOutcome(it)) {
      const seen = (place: number) =>
        endsBadly(spans[place] as Span) ? (endedAt(place) ?? this.#aboveEnd[place]) : undefined;
      return places.every(seen) ? seen(first) : undefined;
    }
    if (!isEnd(it) && !isLack(it)) return undefined;
    // Beside the call that was ended there may be others that went well: what is not below those has a reason of its own.
    const cut = (place: number) =>
      this.#belowEnd[place] !== undefined && endsBadly(spans[place] as Span) ? endedAt(place) : undefined;
    return places.every(cut) ? cut(first) : undefined;
  }

  #byLoss(it: Finding): Finding | undefined {
    if (!isLack(it)) return undefined;
    // Too few of some kind of span, wherever they should be.
    if (it.about?.key === "count" && it.about.which !== undefined) return this.#losses[0];
    const places = placesOf(this.#index, it);
    return places.length > 0 && places.every((place) => this.#belowLoss[place])
      ? this.#belowLoss[places[0] as number]
      : undefined;
  }

  #byRetry(it: Finding): Finding | undefined {
    const isMore = it.code === "span.unexpected" || (it.about?.key === "count" && !it.about.lacks);
    if (!isMore) return undefined;
    const places = placesOf(this.#index, it);
    return places.map((place) => this.#belowRetry[place]).find((found) => found !== undefined);
  }

  /** What says more of the same edge; or that ids above it are wrong. */
  #byEdge(it: Finding): Finding | undefined {
    const rank = tearRank(it);
    const edge = this.#edges.get(it);
    if (rank === undefined || edge === undefined) return undefined;
    const broken = edge.below.map((place) => this.#belowBroken[place]).find((found) => found !== undefined);
    if (broken) return broken;
    const beside = [
      ...edge.below.flatMap((place) => this.#below.get(place) ?? []),
      ...edge.above.flatMap((place) => this.#above.get(place) ?? []),
      ...(it.code === "trace.no-root" ? this.#tornOff() : []),
      ...(it.code === "span.unexpected" ? edge.below.flatMap((place) => this.#belowLoss[place] ?? []) : []),
    ];
    let best: Finding | undefined;
    let bestRank = rank;
    for (const other of beside) {
      const otherRank = tearRank(other) as number;
      if (otherRank < bestRank) [best, bestRank] = [other, otherRank];
    }
    return best;
  }

  /** What says that a parent is not there: without it, a trace may have no root. */
  #tornOff(): Finding[] {
    return this.#losses.filter((it) => it.code === "hop.cut-off" || it.code === "span.missing-parent");
  }
}

function keepFirst(marks: Map<number, Finding>, places: number[], it: Finding): void {
  for (const place of places) if (!marks.has(place)) marks.set(place, it);
}

function push(marks: Map<number, Finding[]>, place: number, it: Finding): void {
  const list = marks.get(place);
  if (list) list.push(it);
  else marks.set(place, [it]);
}

/** Whether a span says that its call did not end well. */
function endsBadly(span: Span): boolean {
  return hasFailed(span) || proxySawFailure(span) || wasLeft(span) || rpcStatusOf(span) === "cancelled";
}
