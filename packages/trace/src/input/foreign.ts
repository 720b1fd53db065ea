import { isObject } from "./raw.ts";

/** A way of writing spans that is not read here, and where the same spans are to be had in one that is. */
interface Foreign {
  what: string;
  instead: string;
  fits: (of: Record<string, unknown>) => boolean;
}

const toCollector = "export them by OTLP to a Collector, and read what its file exporter writes";

const foreigners: readonly Foreign[] = [
  {
    what: "a span in Zipkin's v1 JSON",
    instead: "ask Zipkin 2 for them (GET /api/v2/traces), which gives v2",
    // zipkin-api.yaml: annotations say their endpoint each; v2 has one localEndpoint.
    fits: (of) =>
      "traceId" in of &&
      "id" in of &&
      (Array.isArray(of.binaryAnnotations) ||
        (Array.isArray(of.annotations) &&
          of.annotations.some((it) => isObject(it) && isObject(it.endpoint)))),
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
    instead: "have them sent by OTLP",
    // BatchGetTraces and GetTraceSummaries answer so; a segment is in `Document`, as text; its daemon takes it behind a line.
    fits: (of) =>
      isXRay(of) ||
      [of.Traces, of.TraceSummaries].some((it) => Array.isArray(it) && it.some(isXRay)) ||
      (typeof of.Document === "string" && of.Document.includes('"trace_id"')) ||
      (of.format === "json" && of.version === 1),
  },
  {
    what: "Datadog's spans",
    instead: "have them sent by OTLP",
    // What its tracers send to its agent, its API v2 (`data`), and what its page saves (`trace.spans`).
    fits: (of) =>
      isDatadog(of) ||
      (Array.isArray(of.data) && of.data.some((it) => isObject(it) && isDatadog(it.attributes))) ||
      (isObject(of.trace) && isObject(of.trace.spans) && Object.values(of.trace.spans).some(isDatadog)),
  },
  {
    what: "SkyWalking's spans",
    instead: "ask its OAP for Zipkin's form (the Zipkin query service), which is read",
    fits: (of) =>
      "segmentId" in of ||
      (Array.isArray(of.spans) && of.spans.some((it) => isObject(it) && "segmentId" in it)),
  },
];

function isDatadog(of: unknown): boolean {
  return (
    isObject(of) &&
    "trace_id" in of &&
    "span_id" in of &&
    ["meta", "resource", "resource_name"].some((it) => it in of)
  );
}

function isXRay(of: unknown): boolean {
  if (!isObject(of)) return false;
  const id = of.trace_id ?? of.Id;
  return typeof id === "string" && /^1-[0-9a-f]{8}-[0-9a-f]{24}$/i.test(id);
}

/**
 * What a document is that holds spans in a form that is not read here, and what to do: "is Zipkin's …: ask …". Undefined
 * when it is nothing that is known.
 */
export function foreignForm(document: unknown): string | undefined {
  const first = Array.isArray(document) ? document.flat(1).find(isObject) : document;
  if (!isObject(first)) return undefined;
  const found = foreigners.find((it) => it.fits(first));
  return found && `is ${found.what}, which is not read: ${found.instead}`;
}

/** How OpenTelemetry JS's ConsoleSpanExporter begins: as JavaScript writes an object, with names that are not quoted. */
const consoleOutput = /^\s*[{[]\s*(\[?\{?\s*)?(resource|instrumentationScope|traceId|name):\s/;

/** What a text is that looks like JSON and is none. */
export function foreignText(text: string): string | undefined {
  return consoleOutput.test(text)
    ? `it is what OpenTelemetry JS's ConsoleSpanExporter prints, which is no JSON: ${toCollector}`
    : undefined;
}
