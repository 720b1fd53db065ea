import { foreignForm } from "./foreign.ts";
import type { Format } from "./format.ts";
import { JaegerReader, jaegerTracesOf } from "./jaeger.ts";
import { JaegerBytesReader } from "./jaeger-bytes.ts";
import { OtlpBytesReader } from "./otlp-bytes.ts";
import { isOtlpJson, OtlpJsonReader, otlpOf } from "./otlp-json.ts";
import { isObject } from "./raw.ts";
import type { Reading } from "./reading.ts";
import { show } from "./reading.ts";
import { partsWithin } from "./wrapped.ts";
import { ZipkinReader, zipkinSpansOf } from "./zipkin.ts";

const known = new WeakMap<Reading, Map<Format | undefined, JsonDocumentReader>>();

/**
 * Reads the documents of one input after the other. What was made of the names and values of one is there for the next.
 *
 * @param format the only one that is taken; any when undefined.
 */
export function documentReader(reading: Reading, format?: Format): JsonDocumentReader {
  const ofReading = known.get(reading) ?? new Map<Format | undefined, JsonDocumentReader>();
  known.set(reading, ofReading);
  const reader = ofReading.get(format) ?? new JsonDocumentReader(reading, format);
  ofReading.set(format, reader);
  reader.begin();
  return reader;
}

/** Reads JSON documents of any known shape into spans; the shape is told by what a document holds. */
export class JsonDocumentReader {
  readonly #reading: Reading;
  readonly #format: Format | undefined;
  readonly #otlp: OtlpJsonReader;
  readonly #jaeger: JaegerReader;
  /** Made when they are first asked for, as they hold some memory. */
  #otlpBytes: OtlpBytesReader | undefined;
  #jaegerBytes: JaegerBytesReader | undefined;
  readonly #zipkin: ZipkinReader;

  /** @param format the only one that is taken; any when undefined. */
  constructor(reading: Reading, format?: Format) {
    this.#reading = reading;
    this.#format = format;
    this.#otlp = new OtlpJsonReader(reading);
    this.#jaeger = new JaegerReader(reading);
    this.#zipkin = new ZipkinReader(reading);
  }

  /** Begins with another input. */
  begin(): void {
    this.#otlpBytes?.begin();
    this.#jaegerBytes?.begin();
  }

  /**
   * Reads one document from its bytes, if it is OTLP's or Jaeger's and nothing about it is unusual.
   *
   * @returns false when nothing was taken: then the document is to be parsed, and `read`.
   */
  readBytes(bytes: Uint8Array): boolean {
    if (this.#takes("otlp")) {
      this.#otlpBytes ??= new OtlpBytesReader(this.#reading, this.#otlp);
      if (this.#otlpBytes.read(bytes)) return true;
    }
    if (!this.#takes("jaeger")) return false;
    this.#jaegerBytes ??= new JaegerBytesReader(this.#reading, this.#jaeger);
    return this.#jaegerBytes.read(bytes);
  }

  /** Reads one document; what is not of a known shape is remembered as unreadable. */
  read(document: unknown): void {
    try {
      this.#dispatch(document);
    } catch (error) {
      // Values that nest some thousand levels deep exhaust the stack; nothing else throws it here.
      if (!(error instanceof RangeError)) throw error;
      this.#reading.unreadable("", "nests too deep");
    }
  }

  #dispatch(document: unknown): void {
    if (this.#readKnown(document) || isBulkAction(document)) return;
    const foreign = foreignForm(document);
    const parts =
      foreign === undefined && !isWhole(document)
        ? partsWithin(document, (it) => this.#isKnown(it) || foreignForm(it) !== undefined)
        : [];
    let readFrom: string | undefined;
    for (const { path, value } of parts) {
      if (this.#readKnown(value)) readFrom ??= path;
      else this.#reading.unreadable(path, foreignForm(value) as string);
    }
    if (readFrom !== undefined) {
      this.#reading.notice(
        `${this.#reading.place}: trace data was found inside of another document, at ${readFrom}; what is around it was left out`,
      );
    }
    if (parts.length > 0) return;
    const told = foreign ?? `${show(document)}, ${whatItIs(document, this.#format)}`;
    if (isOtherSignal(document)) this.#reading.notSpans("", told);
    else this.#reading.unreadable("", told);
  }

  /** Whether the document has a known shape. */
  #isKnown(document: unknown): boolean {
    return (
      (this.#takes("otlp") && otlpOf(document) !== undefined) ||
      (this.#takes("jaeger") && jaegerTracesOf(document) !== undefined) ||
      (this.#takes("zipkin") && zipkinSpansOf(document) !== undefined)
    );
  }

  /** Reads a document of a known shape; false when it has none. */
  #readKnown(document: unknown): boolean {
    const otlp = this.#takes("otlp") ? otlpOf(document) : undefined;
    if (otlp !== undefined) {
      this.#otlp.read(otlp);
      return true;
    }
    const jaeger = this.#takes("jaeger") ? jaegerTracesOf(document) : undefined;
    if (jaeger !== undefined) {
      this.#jaeger.read(jaeger);
      return true;
    }
    const zipkin = this.#takes("zipkin") ? zipkinSpansOf(document) : undefined;
    if (zipkin !== undefined) {
      this.#zipkin.read(zipkin);
      return true;
    }
    if (Array.isArray(document) && document.some(isOtlpJson)) {
      for (const item of document) this.#dispatch(item);
      return true;
    }
    return false;
  }

  #takes(format: Format): boolean {
    return this.#format === undefined || this.#format === format;
  }
}

/** Whether it has a known shape, be it in another format than the one that was said: what is in it is no document then. */
function isWhole(document: unknown): boolean {
  return [otlpOf, jaegerTracesOf, zipkinSpansOf].some((read) => read(document) !== undefined);
}

/**
 * Whether it is what Elasticsearch and OpenSearch want before each document of a bulk request (bulk API, "Request body"):
 * it says where the next line goes, and nothing of its own.
 */
function isBulkAction(document: unknown): boolean {
  if (!isObject(document)) return false;
  const [[action, target] = [], ...others] = Object.entries(document);
  return (
    others.length === 0 &&
    (action === "index" || action === "create") &&
    isObject(target) &&
    Object.keys(target).every((it) => it.startsWith("_"))
  );
}

/** Metrics and logs, which an exporter may write into the same file. */
function isOtherSignal(document: unknown): boolean {
  return (
    isObject(document) && (document.resourceMetrics !== undefined || document.resourceLogs !== undefined)
  );
}

/** What a document is that is no trace data, as far as that helps. */
function whatItIs(document: unknown, format: Format | undefined): string {
  if (isObject(document) || Array.isArray(document)) {
    if (Object.keys(document).length === 0) return "so that what wrote it found nothing";
  }
  if (isObject(document)) {
    if (document.resourceMetrics !== undefined) return "which is metrics, and not traces";
    if (document.resourceLogs !== undefined) return "which is logs, and not traces";
    if (Array.isArray(document.spans) && document.spans.some((it) => isObject(it) && "startNs" in it)) {
      return "which is what `trace --json` prints; save what it was read from instead";
    }
    if (document.errors !== undefined && document.errors !== null) {
      const said = firstError(document.errors);
      return `which is an answer that tells of ${said === undefined ? "errors" : `an error: ${said}`}`;
    }
  }
  return format === undefined ? "which is in no known format of trace data" : `which is not ${format}`;
}

/** What the first of several errors says, as Jaeger (`msg`) and GraphQL (`message`) write it; no more than a line of it, quoted. */
function firstError(errors: unknown): string | undefined {
  const [first] = Array.isArray(errors) ? errors : [errors];
  const said = isObject(first) ? (first.msg ?? first.message) : first;
  return typeof said === "string" && said !== "" ? JSON.stringify(said.slice(0, 100)) : undefined;
}
