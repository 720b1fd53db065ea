import { fromBinary } from "@bufbuild/protobuf";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { AnySchema, DurationSchema, durationMs } from "@bufbuild/protobuf/wkt";
import { status } from "@grpc/grpc-js";

/** What is to become of spans that a Collector did not take. */
export type ExportVerdict =
  /** Sent again, after the time that the Collector asks for, in milliseconds, or after a pause of our own. */
  | { readonly kind: "retry"; readonly afterMs?: number }
  /** Too large in one piece: sent again in smaller ones. */
  | { readonly kind: "tooLarge" }
  /** Given up: the same data would be refused again. */
  | { readonly kind: "refused" };

/** What is known of a call that failed. */
export interface GrpcFailure {
  readonly code?: number;
  readonly details?: string;
  /** `grpc-status-details-bin` of the trailers: a `google.rpc.Status`. */
  readonly statusDetails?: Uint8Array;
}

/**
 * gRPC codes after which OTLP wants the same data to be sent again, beside RESOURCE_EXHAUSTED with a `RetryInfo`.
 * Source: OTLP specification 1.x, "OTLP/gRPC Response", table of codes.
 */
const retryable: ReadonlySet<number | undefined> = new Set([
  status.CANCELLED,
  status.DEADLINE_EXCEEDED,
  status.ABORTED,
  status.OUT_OF_RANGE,
  status.UNAVAILABLE,
  status.DATA_LOSS,
]);

/**
 * How peers say that a message is too large; no code says just that. grpc-go and grpc-js: "larger than max", with
 * RESOURCE_EXHAUSTED; grpc-java: "exceeds maximum size"; tonic: "too large", with OUT_OF_RANGE; Connect: "is larger than
 * configured"; a proxy: HTTP 413, which grpc-js says in words.
 */
const sizeWords = /larger than|too large|exceeds (the )?max|\b413\b/i;

/** Decides what becomes of spans that were not taken. */
export function judgeFailure({ code, details = "", statusDetails }: GrpcFailure): ExportVerdict {
  const afterMs = statusDetails === undefined ? undefined : retryDelayMs(statusDetails);
  if (afterMs !== undefined && (code === status.RESOURCE_EXHAUSTED || retryable.has(code))) {
    return { kind: "retry", afterMs };
  }
  if (code !== undefined && sizeWords.test(details)) {
    return { kind: "tooLarge" };
  }
  return retryable.has(code) ? { kind: "retry" } : { kind: "refused" };
}

const retryInfo = "type.googleapis.com/google.rpc.RetryInfo";
/** Field numbers of google/rpc/status.proto and google/rpc/error_details.proto. */
const [detailsOfStatus, delayOfRetryInfo] = [3, 1];

/** The delay in the `google.rpc.RetryInfo` of a `google.rpc.Status`, if there is one that can be read. */
function retryDelayMs(statusDetails: Uint8Array): number | undefined {
  try {
    for (const bytes of fieldsOf(statusDetails, detailsOfStatus)) {
      const any = fromBinary(AnySchema, bytes);
      if (any.typeUrl === retryInfo) {
        const [delay] = fieldsOf(any.value, delayOfRetryInfo);
        return delay === undefined ? 0 : durationMs(fromBinary(DurationSchema, delay));
      }
    }
    return undefined;
  } catch {
    // Details that are no protobuf say nothing; the code still does.
    return undefined;
  }
}

/** The values of a length-delimited field of a message. */
function fieldsOf(message: Uint8Array, field: number): Uint8Array[] {
  const reader = new BinaryReader(message);
  const found: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (number === field) {
      found.push(reader.bytes());
    } else {
      reader.skip(wireType);
    }
  }
  return found;
}
