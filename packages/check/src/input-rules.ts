import type { Span, TraceIndex } from "@envoy-mesh-lab/trace";
import { labelAt, noParent, serviceOf } from "@envoy-mesh-lab/trace";
import type { InputFinding } from "./input-finding.ts";
import { LostContexts, lostBetween } from "./lost-context.ts";
import { OpenCallTable } from "./open-call-table.ts";
import { openCallAt, pathAt } from "./open-calls.ts";
import { PathCalls } from "./path-calls.ts";
import { isLeafSystem, pathOf, requestIdOf } from "./span-facts.ts";
import { SpanNames } from "./span-names.ts";

/**
 * What only several traces, or several calls, show together: a context that was lost between two traces, a proxy that is
 * missing where others have it, and calls of which only a part goes on. Keeps of each trace a few words for each root and
 * call, not the spans.
 */
export class InputRules {
  readonly #open = new OpenCallTable();
  readonly #lost = new LostContexts(this.#open);
  readonly #calls = new PathCalls(this.#open);
  readonly #names = new SpanNames();

  add(index: TraceIndex): void {
    const requestIds = requestIdsOf(index);
    for (let i = 0; i < index.spans.length; i++) {
      if (index.parent[i] === noParent) this.#addRoot(index, i, requestIds);
      const span = index.spans[i] as Span;
      this.#names.add(span);
      // What only handles a request is of use where the request can be told by its id.
      const mayFit = span.kind === "client" || (span.kind === "server" && requestIds.length > 0);
      const call = mayFit ? openCallAt(index, i) : undefined;
      const row = call === undefined ? -1 : this.#open.add(call, requestIds);
      if (span.kind !== "client" || isLeafSystem(span)) continue;
      const path = call === undefined ? pathAt(index, i) : call.path;
      if (path !== undefined) this.#calls.add(index, i, path, row);
    }
  }

  /** What was found; in the order of the traces' start, whatever order they came in. */
  findings(): InputFinding[] {
    const lost = this.#lost.find();
    const claimed = new Set(lost.map((it) => it.call.traceId + it.call.spanId));
    return [
      ...lost.map((it) => ({ finding: lostBetween(it), calls: [it.call, it.root] })),
      ...this.#calls.mixedSampling(claimed),
      ...this.#calls.missingProxies(),
      ...this.#names.findings(),
    ];
  }

  #addRoot(index: TraceIndex, i: number, requestIds: string[]): void {
    const span = index.spans[i] as Span;
    if (span.kind !== "server" && span.kind !== "client") return;
    this.#lost.addRoot({
      traceId: index.traceId,
      spanId: span.spanId,
      label: labelAt(index, i),
      service: serviceOf(span),
      isProxy: index.isProxy[i] === 1,
      isCall: span.kind === "client" && index.isProxy[i] !== 1,
      path: pathOf(span),
      requestIds,
      start: Number(index.baseNs) + (index.start[i] as number),
      end: Number(index.baseNs) + (index.end[i] as number),
    });
  }
}

/** The request ids of a trace, a few of them: a trace of very many requests joins to nothing by them. */
function requestIdsOf(index: TraceIndex): string[] {
  const ids: string[] = [];
  for (let i = 0; i < index.spans.length && ids.length < 4; i++) {
    const id = index.isProxy[i] === 1 ? requestIdOf(index.spans[i] as Span) : undefined;
    if (id !== undefined && !ids.includes(id)) ids.push(id);
  }
  return ids;
}
