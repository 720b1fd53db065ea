import type { OriginFinder, Span, Trace } from "@envoy-mesh-lab/trace";
import { originsOf, serviceOf } from "@envoy-mesh-lab/trace";

/** An id that no span has (W3C Trace Context, "parent-id"): what it names is missing too. */
const noSpan = "0000000000000000";

/** A trace with the spans that its steps were made in, and how many steps each has. */
interface Joined {
  trace: Trace;
  steps: ReadonlyMap<Span, number>;
}

/**
 * Gives the steps of an application back the span that they were made in, where a trace has no root and that span is
 * missing: SERVER spans are lost most often, as they end last. It is taken to last from its first step to its last, which is
 * the least that it can have lasted. Without it, one of the steps would pass for the whole.
 *
 * @returns the trace with those spans, and of each how many steps it has; the trace itself when there is nothing to join.
 */
export function joinTorn(trace: Trace, findOrigins: OriginFinder = originsOf): Joined {
  const { spans } = trace;
  const nothing = { trace, steps: new Map<Span, number>() };
  if (spans.some((it) => it.parentSpanId === undefined)) return nothing;
  const ids = new Set(spans.map((it) => it.spanId));
  const torn = spans.filter((it) => !ids.has(it.parentSpanId as string));
  const groups = [...Map.groupBy(torn, (it) => it.parentSpanId as string)].filter(([, it]) => areSteps(it));
  if (groups.length === 0) return nothing;
  const who = findOrigins(trace);
  // A proxy's span says by its attributes that it is one, and what is missing says nothing.
  const found = groups.filter(([, it]) => it.every((step) => who(step).role === "app"));
  const steps = new Map(found.map(([id, it]) => [spanAround(id, it), it.length]));
  return { trace: { ...trace, spans: [...spans, ...steps.keys()] }, steps };
}

/** Whether spans of one parent were made in its process: such spans begin inside of one, never for a request. */
function areSteps(spans: Span[]): boolean {
  const service = serviceOf(spans[0] as Span);
  return (
    spans.length > 1 &&
    spans.every(({ kind }) => kind === "client" || kind === "internal" || kind === "producer") &&
    spans.every((it) => serviceOf(it) === service && it.startNs > 0n && it.endNs >= it.startNs)
  );
}

function spanAround(spanId: string, steps: Span[]): Span {
  const [{ traceId, resource, scope }] = steps as [Span];
  let [{ startNs, endNs }] = steps as [Span];
  for (const it of steps) {
    if (it.startNs < startNs) startNs = it.startNs;
    if (it.endNs > endNs) endNs = it.endNs;
  }
  return {
    traceId,
    spanId,
    parentSpanId: noSpan,
    name: "(missing span)",
    kind: "internal",
    startNs,
    endNs,
    status: { code: "unset" },
    attributes: {},
    resource,
    scope,
    events: [],
    links: [],
  };
}
