/** How a variant's calls travel. `loop` makes none: the floor, that others are held against, is a loop. */
export type Wire = "connect-h1" | "connect-h2" | "grpc-js" | "connect-h2-stream" | "loop";

/** What is installed in both processes of a variant. */
export interface Variant {
  readonly title: string;
  readonly wire: Wire;
  /**
   * Who makes the spans: nobody, this package's interceptors, an instrumentation that patches a module, or, for `floor`,
   * what does the floor's work and nothing else. With `header` there are none, but the header that carries one.
   */
  readonly instrumentation: "none" | "otelconnect" | "http" | "grpc" | "floor" | "header";
  /** The SDK that is registered. `metrics` is traces and metrics. */
  readonly sdk: "none" | "traces" | "metrics";
}

/** Everything that is measured, in the order of a round. */
export const variants = {
  h1: { title: "connect-es, HTTP/1.1", wire: "connect-h1", instrumentation: "none", sdk: "none" },
  h1NoSdk: {
    title: "connect-es, HTTP/1.1, otelconnect, no SDK",
    wire: "connect-h1",
    instrumentation: "otelconnect",
    sdk: "none",
  },
  h1Traces: {
    title: "connect-es, HTTP/1.1, otelconnect, traces",
    wire: "connect-h1",
    instrumentation: "otelconnect",
    sdk: "traces",
  },
  h1Metrics: {
    title: "connect-es, HTTP/1.1, otelconnect, traces and metrics",
    wire: "connect-h1",
    instrumentation: "otelconnect",
    sdk: "metrics",
  },
  h1Http: {
    title: "connect-es, HTTP/1.1, instrumentation-http, traces",
    wire: "connect-h1",
    instrumentation: "http",
    sdk: "traces",
  },
  h2: { title: "connect-es, HTTP/2", wire: "connect-h2", instrumentation: "none", sdk: "none" },
  h2NoSdk: {
    title: "connect-es, HTTP/2, otelconnect, no SDK",
    wire: "connect-h2",
    instrumentation: "otelconnect",
    sdk: "none",
  },
  h2Traces: {
    title: "connect-es, HTTP/2, otelconnect, traces",
    wire: "connect-h2",
    instrumentation: "otelconnect",
    sdk: "traces",
  },
  h2Metrics: {
    title: "connect-es, HTTP/2, otelconnect, traces and metrics",
    wire: "connect-h2",
    instrumentation: "otelconnect",
    sdk: "metrics",
  },
  h2Header: {
    title: "connect-es, HTTP/2, a traceparent and nothing else",
    wire: "connect-h2",
    instrumentation: "header",
    sdk: "none",
  },
  h2Floor: {
    title: "connect-es, HTTP/2, the floor in its calls",
    wire: "connect-h2",
    instrumentation: "floor",
    sdk: "traces",
  },
  grpc: { title: "grpc-js", wire: "grpc-js", instrumentation: "none", sdk: "none" },
  grpcTraces: {
    title: "grpc-js, instrumentation-grpc, traces",
    wire: "grpc-js",
    instrumentation: "grpc",
    sdk: "traces",
  },
  stream: {
    title: "connect-es, HTTP/2, one message each way",
    wire: "connect-h2-stream",
    instrumentation: "none",
    sdk: "none",
  },
  streamTraces: {
    title: "connect-es, HTTP/2, one message each way, otelconnect, traces",
    wire: "connect-h2-stream",
    instrumentation: "otelconnect",
    sdk: "traces",
  },
  floor: {
    title: "the floor: extract, two spans, inject",
    wire: "loop",
    instrumentation: "floor",
    sdk: "traces",
  },
  loop: {
    title: "otelconnect in such a loop",
    wire: "loop",
    instrumentation: "otelconnect",
    sdk: "traces",
  },
} as const satisfies Record<string, Variant>;

export type VariantName = keyof typeof variants;
export const variantNames = Object.keys(variants) as VariantName[];

/** What is compared with each other, and so is measured in turns. */
export const groups: readonly (readonly VariantName[])[] = [
  ["h1", "h1NoSdk", "h1Traces", "h1Metrics", "h1Http"],
  ["h2", "h2NoSdk", "h2Header", "h2Floor", "h2Traces", "h2Metrics", "floor", "loop"],
  ["grpc", "grpcTraces"],
  ["stream", "streamTraces"],
];

/** Messages in each direction of one stream. */
export const streamLength = 500;

/** Calls per measured unit: a unit is a call, a pass of a loop, or a message each way on a stream. */
export function unitsPerCall(wire: Wire): number {
  return wire === "connect-h2-stream" ? streamLength : 1;
}
