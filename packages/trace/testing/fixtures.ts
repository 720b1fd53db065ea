import type { Span, Trace } from "../src/model.ts";

/** Makes a span for tests; what is not said is plausible. */
export function makeSpan(
  span: Partial<Span> & { spanId: string; service?: string; direction?: string },
): Span {
  const { service = "gateway", direction, ...rest } = span;
  return {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    name: `span ${span.spanId}`,
    kind: "server",
    startNs: 1_000_000n,
    endNs: 2_000_000n,
    status: { code: "unset" },
    attributes: {},
    resource: { "service.name": service, ...(direction ? { "mesh.proxy.direction": direction } : {}) },
    scope: { name: direction ? "envoy" : "otelconnect" },
    events: [],
    links: [],
    ...rest,
  };
}

/** Makes a trace of these spans. */
export function makeTrace(...spans: Span[]): Trace {
  return { traceId: "0af7651916cd43dd8448eb211c80319c", spans };
}
