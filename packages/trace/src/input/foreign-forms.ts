import type { Raw } from "./raw.ts";
import { isObject } from "./raw.ts";

/** A way of writing spans that is not read here, and where the same spans are to be had in one that is. */
export interface ForeignForm {
  /** What it is, after "the document holds". */
  what: string;
  instead: string;
  fits: (of: Raw) => boolean;
}

/** What to do where the spans are to be had by OTLP only. */
export const toCollector = "export them by OTLP to a Collector, and read what its file exporter writes";

const beside = (exporter: string): string =>
  `if a Collector sends them (exporter ${exporter}), let its file exporter write them too, and read that file; else ${toCollector}`;

/** Forms of spans that are known and not read, each told by what only it has. */
export const foreignForms: readonly ForeignForm[] = [
  {
    what: "spans in Zipkin's v1 JSON",
    instead: "ask Zipkin 2 for them (GET /api/v2/traces), which gives v2",
    // zipkin-api.yaml: annotations say their endpoint each; v2 has one localEndpoint.
    fits: (of) =>
      "traceId" in of &&
      "id" in of &&
      (Array.isArray(of.binaryAnnotations) || hasOne(of.annotations, (it) => isObject(it.endpoint))),
  },
  {
    what: "spans in a form that has Zipkin's ids and times of its own",
    instead: toCollector,
    // Zipkin's v2 has `timestamp` and `duration`. Uptrace, for one, has `time` and `attrs`.
    fits: (of) =>
      "traceId" in of &&
      "id" in of &&
      !("timestamp" in of) &&
      Object.keys(of).some((it) => /^(start|end|time$|attrs$)/i.test(it)),
  },
  {
    what: "what OpenTelemetry JS's ConsoleSpanExporter prints",
    instead: toCollector,
    // sdk-trace-base, ConsoleSpanExporter: attributes and status are objects, which Zipkin has none of.
    fits: (of) =>
      "traceId" in of &&
      "id" in of &&
      ("instrumentationScope" in of ||
        "instrumentationLibrary" in of ||
        isObject(of.attributes) ||
        isObject(of.status)),
  },
  {
    what: "what OpenTelemetry Python's ConsoleSpanExporter prints",
    instead: toCollector,
    fits: (of) => isObject(of.context) && "trace_id" in of.context && "span_id" in of.context,
  },
  {
    what: "what OpenTelemetry Go's stdouttrace prints",
    instead: toCollector,
    fits: (of) => isObject(of.SpanContext) && "TraceID" in of.SpanContext,
  },
  {
    what: "AWS X-Ray's segments",
    instead: beside("awsxray"),
    // BatchGetTraces and GetTraceSummaries answer so; a segment is in `Document`, as text; its daemon takes it behind a line.
    fits: (of) =>
      isXRayId(of.trace_id ?? of.Id) ||
      hasOne(of.Traces ?? of.TraceSummaries, (it) => isXRayId(it.Id)) ||
      (typeof of.Document === "string" && /"(trace_id|start_time)"/.test(of.Document)) ||
      ("start_time" in of && "name" in of && ("trace_id" in of || "subsegments" in of)) ||
      (of.format === "json" && of.version === 1),
  },
  {
    what: "Datadog's spans",
    instead: beside("datadog"),
    // What its tracers send to its agent, its API v2 (`data`), and what its page saves (`trace.spans`).
    fits: (of) =>
      isDatadog(of) ||
      hasOne(of.data, (it) => isObject(it.attributes) && isDatadog(it.attributes)) ||
      (isObject(of.trace) && isObject(of.trace.spans) && hasOne(Object.values(of.trace.spans), isDatadog)),
  },
  {
    what: "Google Cloud Trace's spans",
    instead: beside("googlecloud"),
    // API v1: a span's id is a decimal number, its kind RPC_SERVER or RPC_CLIENT; v2: its name is a resource's.
    fits: (of) =>
      ("projectId" in of && "traceId" in of) || /^projects\/[^/]+\/traces\//.test(String(of.name ?? "")),
  },
  {
    what: "Elastic APM's documents",
    instead: beside("otlp to the APM server"),
    // What its agents send (`metadata`, then a transaction or a span a line), and what Elasticsearch keeps.
    fits: (of) =>
      (isObject(of.metadata) && isObject(of.metadata.service)) ||
      hasTraceId(of.transaction) ||
      hasTraceId(of.span) ||
      (isObject(of.processor) && isObject(of.trace)) ||
      (isObject(of.fields) && ("trace.id" in of.fields || "transaction.id" in of.fields)),
  },
  {
    what: "spans as the Collector's Elasticsearch exporter or OpenSearch keeps them",
    instead: beside("elasticsearch or opensearch"),
    fits: (of) =>
      ("trace_id" in of && "span_id" in of && "@timestamp" in of) ||
      ("traceId" in of && "spanId" in of && ("durationInNanos" in of || "@timestamp" in of)),
  },
  {
    what: "rows of spans as ClickHouse keeps them",
    instead: beside("clickhouse"),
    fits: (of) =>
      ("TraceId" in of && "SpanId" in of) ||
      (Array.isArray(of.columns) && of.columns.some((it) => /^trace_?id$/i.test(String(it)))),
  },
  {
    what: "Azure's Application Insights telemetry",
    instead: beside("azuremonitor"),
    fits: (of) =>
      (isObject(of.data) && "baseType" in of.data) ||
      hasOne(of.tables, (it) => hasOne(it.columns, (column) => /^operation_?Id$/i.test(String(column.name)))),
  },
  {
    what: "spans as New Relic takes them",
    instead: toCollector,
    fits: (of) => "trace.id" in of && "id" in of,
  },
  {
    what: "events as Honeycomb takes them",
    instead: toCollector,
    fits: (of) => "trace.trace_id" in of || (isObject(of.data) && "trace.trace_id" in of.data),
  },
  {
    what: "a trace as a page holds it that draws what Jaeger answered",
    instead: "save what Jaeger itself answers (GET /api/traces/ID), which has the processes beside the spans",
    fits: (of) =>
      "spanID" in of &&
      "operationName" in of &&
      "serviceName" in of &&
      ("processID" in of || "process" in of),
  },
  {
    what: "a trace as Grafana's panels hold it",
    instead:
      "press Export in Grafana's view of the trace, or ask the store behind it (Tempo: GET /api/traces/ID)",
    // Its data frames, as the inspector and the API for queries give them, and their rows.
    fits: (of) =>
      isFrame(of) ||
      (isObject(of.schema) && isFrame(of.schema)) ||
      ("spanID" in of && "serviceName" in of && "operationName" in of),
  },
  {
    what: "Jaeger's own protobuf or Thrift as JSON",
    instead: "ask Jaeger for the trace (GET /api/traces/ID or /api/v3/traces/ID)",
    fits: (of) =>
      "traceIdLow" in of || ("operationName" in of && "spanId" in of && ("process" in of || "tags" in of)),
  },
  {
    what: "SkyWalking's spans",
    instead: "ask its OAP for Zipkin's form (the Zipkin query service), which is read",
    fits: (of) => "segmentId" in of || "traceSegmentId" in of || hasOne(of.spans, (it) => "segmentId" in it),
  },
  {
    what: "Tempo's answer to a search, which has no whole spans",
    instead: "ask for the traces with --query",
    // One of the traces that it found is cut out of it now and then.
    fits: (of) =>
      ("traceID" in of && ("spanSet" in of || "spanSets" in of)) ||
      (Array.isArray(of.traces) &&
        (of.traces.length === 0 || hasOne(of.traces, (it) => "traceID" in it && !("spans" in it)))),
  },
  {
    what: "a profile for Chrome's or Perfetto's page",
    instead: toCollector,
    fits: (of) => "traceEvents" in of || ("ph" in of && "ts" in of && "pid" in of),
  },
  {
    what: "spans of OTLP without the batches that say whose they are",
    instead: 'save the whole document, {"resourceSpans": …}',
    fits: (of) => "spanId" in of && "startTimeUnixNano" in of,
  },
];

function hasOne(list: unknown, fits: (of: Raw) => boolean): boolean {
  return Array.isArray(list) && list.some((it) => isObject(it) && fits(it));
}

function isXRayId(id: unknown): boolean {
  return typeof id === "string" && /^1-[0-9a-f]{8}-[0-9a-f]{24}$/i.test(id);
}

function isDatadog(of: unknown): boolean {
  return (
    isObject(of) &&
    "trace_id" in of &&
    "span_id" in of &&
    ("meta" in of || "resource_name" in of || typeof of.resource === "string")
  );
}

/** A transaction or a span of Elastic's agents. */
function hasTraceId(of: unknown): boolean {
  return isObject(of) && "trace_id" in of && "duration" in of;
}

/** A data frame of a trace. */
function isFrame(of: Raw): boolean {
  const names = Array.isArray(of.fields) ? of.fields.map((it) => (isObject(it) ? it.name : undefined)) : [];
  return names.includes("traceID") && names.includes("spanID");
}
