import type { Trace } from "@envoy-mesh-lab/trace";
import type { Finding } from "../findings.ts";
import { fails } from "../findings.ts";
import type { Cause } from "./causes.ts";
import { kindOf } from "./causes.ts";

/** So many kinds of findings have a trace kept that shows them, and so many spans are kept in all; one trace always is. */
const mostKinds = 100;
const mostSpans = 20_000;

/** Keeps of each kind of finding one trace that shows it, to be drawn. */
export class Examples {
  readonly #byKind = new Map<string, Trace>();
  #spans = 0;

  /** @param roots the findings of the trace that stand by themselves. */
  add(trace: Trace, roots: readonly Finding[]): void {
    for (const it of roots) {
      if (!fails([it])) continue;
      const kind = kindOf(it);
      const known = this.#byKind.get(kind);
      if (known ? known.traceId <= trace.traceId : this.#byKind.size >= mostKinds) continue;
      const spans = this.#spans + trace.spans.length - (known?.spans.length ?? 0);
      if (spans > mostSpans && this.#byKind.size > 0) continue;
      this.#byKind.set(kind, trace);
      this.#spans = spans;
    }
  }

  /** Traces that show the first of these causes, by id; so many at most. */
  of(causes: readonly Cause[], most: number): Map<string, Trace> {
    const shown = new Map<string, Trace>();
    const byId = new Map([...this.#byKind.values()].map((it) => [it.traceId, it]));
    for (const { finding, traceIds } of causes) {
      if (shown.size >= most || !fails([finding])) continue;
      // What several traces show was perhaps another kind of finding while there was one of them.
      const id = traceIds.find((it) => byId.has(it));
      const trace = this.#byKind.get(kindOf(finding)) ?? (id === undefined ? undefined : byId.get(id));
      if (trace) shown.set(trace.traceId, trace);
    }
    return shown;
  }
}
