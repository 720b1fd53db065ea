import type { Trace } from "../model.ts";
import { utf8 } from "./bytes.ts";
import { JsonDocumentReader } from "./json-document.ts";
import { OtlpProtoReader } from "./otlp-proto.ts";
import { isObject } from "./raw.ts";
import type { Keep } from "./reading.ts";
import { Reading } from "./reading.ts";

/** What came of a request to export spans. */
export interface Intake {
  /** How many spans were taken. */
  readonly spans: number;
  /** How many were not, as ExportTracePartialSuccess has it (opentelemetry-proto, trace_service.proto). */
  readonly rejected: number;
  /** Why not; empty when all were taken. */
  readonly why: string;
}

/** A request that is not what OTLP says; sending it again would not help. */
export class BadRequest extends Error {}

/** How much is kept. */
export interface IntakeLimits {
  readonly spans: number;
  /** Of all requests together, unpacked, in bytes; what is kept of them takes less or about as much. */
  readonly bytes: number;
}

/** Takes requests of OTLP (ExportTraceServiceRequest) as they come, and keeps their spans up to a limit. */
export class OtlpIntake {
  readonly #limits: IntakeLimits;
  readonly #reading: Reading;
  readonly #proto: OtlpProtoReader;
  readonly #json: JsonDocumentReader;
  #bytes = 0;
  #dropped = 0;
  #broken = 0;

  /** @param keep the attribute keys to keep; all when undefined. */
  constructor(limits: IntakeLimits, keep?: Keep) {
    this.#limits = limits;
    this.#reading = new Reading({ keep, notice: () => {} });
    this.#proto = new OtlpProtoReader(this.#reading);
    this.#json = new JsonDocumentReader(this.#reading, "otlp");
  }

  /**
   * Takes one request, unpacked.
   *
   * @throws {BadRequest} when it is no such request. What could be read of it is kept, and it counts as broken.
   */
  take(bytes: Uint8Array, encoding: "protobuf" | "json"): Intake {
    const isFull = this.#reading.groups.spanCount >= this.#limits.spans || this.#bytes >= this.#limits.bytes;
    if (isFull) return this.#drop(bytes, encoding);
    this.#bytes += bytes.length;
    const before = this.#reading.groups.spanCount;
    const wrongBefore = this.#reading.problems.count;
    this.#reading.place = "a request";
    try {
      read(bytes, encoding, this.#proto, this.#json);
    } catch (error) {
      this.#broken++;
      throw new BadRequest((error as Error).message, { cause: error });
    }
    const { count, first } = this.#reading.problems;
    const rejected = count - wrongBefore;
    return {
      spans: this.#reading.groups.spanCount - before,
      rejected,
      why: rejected > 0 ? first : "",
    };
  }

  /** Only counts, so that who sent it hears how much is lost. */
  #drop(bytes: Uint8Array, encoding: "protobuf" | "json"): Intake {
    // A new one each time, so that nothing of it stays.
    const counting = new Reading({ keep: new Set(), notice: () => {} });
    try {
      read(bytes, encoding, new OtlpProtoReader(counting), new JsonDocumentReader(counting, "otlp"));
    } catch (error) {
      this.#broken++;
      throw new BadRequest((error as Error).message, { cause: error });
    }
    const rejected = [...counting.groups.takeAll()].reduce((sum, { spans }) => sum + spans.length, 0);
    this.#dropped += rejected;
    return { spans: 0, rejected, why: "this receiver keeps no more spans" };
  }

  /** How many spans were taken. */
  get spanCount(): number {
    return this.#reading.groups.spanCount;
  }

  /** How many traces they are of. */
  get traceCount(): number {
    return this.#reading.groups.size;
  }

  /** What is missing of what was sent: spans above the limit, spans that are none, and requests that were broken. */
  get missing(): { readonly dropped: number; readonly unreadable: number; readonly broken: number } {
    return { dropped: this.#dropped, unreadable: this.#reading.problems.count, broken: this.#broken };
  }

  /** Gives every trace and forgets it, in the order of their starts. */
  takeAll(): Iterable<Trace> {
    return this.#reading.groups.takeAll();
  }
}

function read(
  bytes: Uint8Array,
  encoding: "protobuf" | "json",
  proto: OtlpProtoReader,
  json: JsonDocumentReader,
): void {
  if (encoding === "protobuf") {
    if (!proto.read(bytes)) throw new Error("the message is cut off");
    return;
  }
  const document: unknown = JSON.parse(utf8(bytes));
  if (!isObject(document)) throw new Error("the document is not an object");
  // Without spans it may be empty (protobuf's JSON mapping leaves empty lists out).
  if (document.resourceSpans === undefined && Object.keys(document).length > 0) {
    throw new Error(`the document has no resourceSpans, but ${Object.keys(document).slice(0, 3).join(", ")}`);
  }
  if (document.resourceSpans !== undefined) json.read(document);
}
