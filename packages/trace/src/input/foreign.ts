import { foreignForms, toCollector } from "./foreign-forms.ts";
import { isObject } from "./raw.ts";

/**
 * What a document is that holds spans in a form that is not read here, and what to do: "holds Zipkin's …, which …".
 * Undefined when it is nothing that is known.
 */
export function foreignForm(document: unknown): string | undefined {
  const first = Array.isArray(document) ? document.flat(1).find(isObject) : document;
  if (!isObject(first)) return undefined;
  const found = foreignForms.find((it) => it.fits(first));
  return found && `holds ${found.what}, and that is not read here: ${found.instead}`;
}

/** How OpenTelemetry JS's ConsoleSpanExporter begins: as JavaScript writes an object, with names that are not quoted. */
const jsConsole = /^\s*[{[]\s*(\[?\{?\s*)?(resource|instrumentationScope|traceId|name):\s/;

/** What a text is that is no JSON, by how it begins, and what to do. */
const foreignTexts: readonly { begins: RegExp; is: string }[] = [
  {
    begins: jsConsole,
    is: `what OpenTelemetry JS's ConsoleSpanExporter prints, which is no JSON: ${toCollector}`,
  },
  {
    begins: /^\s*Activity\.TraceId:/,
    is: `what OpenTelemetry .NET's console exporter prints: ${toCollector}`,
  },
  {
    begins: /^Spans\r?\n\s*Resource\b/,
    is: `what OpenTelemetry Rust's stdout exporter prints: ${toCollector}`,
  },
  {
    begins: /^[^\n]*\b(ResourceSpans #\d|"?otelcol\.|Traces\t)/,
    is: `what the Collector's debug exporter prints: add a file exporter to its pipeline, and read what that writes`,
  },
  {
    begins: /^[^\n]* : [0-9a-f]{32} [0-9a-f]{16} (INTERNAL|SERVER|CLIENT|PRODUCER|CONSUMER)\b/,
    is: `what OpenTelemetry Java's logging exporter prints: ${toCollector}, or use its exporter logging-otlp`,
  },
  {
    begins: /^\s*<(!doctype|html|\?xml)/i,
    is: "a page of HTML or XML, of a login perhaps, and not the answer that was asked for",
  },
  { begins: /^HTTP\/\d/, is: "an answer with its headers: save the body alone (curl without -i)" },
  { begins: /^PK[^ -~]{2}/, is: "a zip archive: unpack it first" },
  { begins: /^PAR1/, is: "Parquet, as Tempo's blocks are: ask Tempo for the traces with --query" },
  { begins: /^(BZh|\u00fd7zXZ)/, is: "packed with bzip2 or xz: unpack it first; gzip and zstd are read" },
  { begins: /^(?=[^\n]*,)[^\n{[]*(trace|span)[ _.]?id\b/i, is: "a table (CSV): save the trace as JSON" },
];

/** What a text is that is no JSON or only looks like it; undefined when it is nothing that is known. */
export function foreignText(text: string): string | undefined {
  const found = foreignTexts.find((it) => it.begins.test(text));
  return found && `it is ${found.is}`;
}
