import type { Attributes, Span, SpanKind, Trace } from "@envoy-mesh-lab/trace";

/** Seconds and nanoseconds, as OpenTelemetry JS has times (`HrTime`). */
type HrTime = readonly [number, number];

/** What is read of a span that has ended: a part of `ReadableSpan` of OpenTelemetry JS 2 and 3. */
export interface FinishedSpan {
  readonly name: string;
  /** `SpanKind` of the OpenTelemetry API: 0 is INTERNAL. */
  readonly kind: number;
  readonly spanContext: () => { readonly traceId: string; readonly spanId: string };
  readonly parentSpanContext?: { readonly spanId: string } | undefined;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  /** `SpanStatusCode` of the OpenTelemetry API: 0 is UNSET. */
  readonly status: { readonly code: number; readonly message?: string | undefined };
  readonly attributes: object;
  readonly events: readonly {
    readonly name: string;
    readonly time: HrTime;
    readonly attributes?: object | undefined;
  }[];
  readonly links: readonly {
    readonly context: { readonly traceId: string; readonly spanId: string };
    readonly attributes?: object | undefined;
  }[];
  readonly resource: { readonly attributes: object };
  readonly instrumentationScope: { readonly name: string; readonly version?: string | undefined };
}

const kinds: readonly SpanKind[] = ["internal", "server", "client", "producer", "consumer"];
const codes = ["unset", "ok", "error"] as const;

/**
 * A span exporter of OpenTelemetry JS that keeps what it is given, so that a test can look at its own traces. Give it to a
 * `SimpleSpanProcessor`, which exports each span as it ends.
 */
export class InMemoryTraces {
  #spans: FinishedSpan[] = [];

  /** Keeps spans; called by the SDK. */
  export(spans: readonly FinishedSpan[], done: (result: { code: 0 }) => void): void {
    this.#spans.push(...spans);
    done({ code: 0 });
  }

  /** Nothing waits here; called by the SDK. */
  async forceFlush(): Promise<void> {}

  /** Keeps what is there, so that a test can look at it after the SDK was shut down. */
  async shutdown(): Promise<void> {}

  /** Forgets all spans, for the next test. */
  reset(): void {
    this.#spans = [];
  }

  /** The traces of all spans that have ended, in the order in which their first span did. */
  traces(): Trace[] {
    const traces = new Map<string, Trace>();
    for (const it of this.#spans) {
      const { traceId } = it.spanContext();
      const trace = traces.get(traceId) ?? { traceId, spans: [] };
      traces.set(traceId, trace);
      trace.spans.push(toSpan(it));
    }
    return [...traces.values()];
  }
}

function toSpan(it: FinishedSpan): Span {
  const { traceId, spanId } = it.spanContext();
  const parentSpanId = it.parentSpanContext?.spanId;
  const { message } = it.status;
  const { version } = it.instrumentationScope;
  return {
    ...{ traceId, spanId, name: it.name },
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    kind: kinds[it.kind] ?? "unspecified",
    startNs: toNs(it.startTime),
    endNs: toNs(it.endTime),
    status: { code: codes[it.status.code] ?? "unset", ...(message === undefined ? {} : { message }) },
    attributes: toAttributes(it.attributes),
    resource: toAttributes(it.resource.attributes),
    scope: { name: it.instrumentationScope.name, ...(version === undefined ? {} : { version }) },
    events: it.events.map(({ name, time, attributes = {} }) => ({
      ...{ name, timeNs: toNs(time) },
      attributes: toAttributes(attributes),
    })),
    links: it.links.map(({ context, attributes = {} }) => ({
      ...{ traceId: context.traceId, spanId: context.spanId },
      attributes: toAttributes(attributes),
    })),
  };
}

function toNs([seconds, nanoseconds]: HrTime): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
}

/** What the SDK keeps of attributes is text, numbers, truth values and lists of them. */
function toAttributes(attributes: object): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, it]) => it !== undefined));
}
