/** The formats that are read, as `--format` names them. */
export const formats = {
  otlp: "OTLP JSON: one document, or one a line as the Collector's file exporter writes it; also Tempo's answers",
  "otlp-proto":
    "OTLP protobuf: one message, or many, each with its length before it, as the file exporter writes them",
  jaeger: "the JSON of Jaeger's API, what its UI downloads, and what it keeps in Elasticsearch",
  zipkin: "Zipkin's v2 JSON: a list of spans, or of traces",
} as const satisfies Record<string, string>;

/** A format of trace data. */
export type Format = keyof typeof formats;

/** What is expected of an input, for error messages. */
export const expectedForms =
  "expected trace data: OTLP as JSON, JSON lines or protobuf (the Collector's file exporter), Tempo's, Jaeger's or Zipkin's JSON; plain or compressed with gzip or zstd";
