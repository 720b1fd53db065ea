import type { ServiceError } from "@grpc/grpc-js";
import { Client, compressionAlgorithms, connectivityState, status } from "@grpc/grpc-js";
import { convertLegacyOtlpGrpcOptions } from "@opentelemetry/otlp-grpc-exporter-base";
import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import type { ExportVerdict } from "./export-verdict.ts";
import { judgeFailure } from "./export-verdict.ts";

/** What came of sending spans once. */
export type SendResult =
  /** Taken; `rejected` of them the Collector threw away, for the reason that it gave (OTLP's partial success). */
  | { readonly kind: "accepted"; readonly rejected: number; readonly reason: string }
  | (ExportVerdict & { readonly error: Error });

/** Sends spans to a Collector. */
export interface SpanSender {
  /** Sends spans once. Never throws. @param timeoutMs How long it may take, in milliseconds. */
  send(spans: readonly ReadableSpan[], timeoutMs: number): Promise<SendResult>;
  /** Closes the connection. */
  close(): void;
}

const exportMethod = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/**
 * How soon a connection that broke is tried again, in milliseconds. grpc-js begins with a second and goes up to two minutes,
 * and the exporter of OpenTelemetry JS lets nobody change that: after an outage of a minute it would be away for a minute
 * more. A name is looked up anew as often, because a container may come back with another address.
 */
const [firstReconnectMs, longestReconnectMs] = [100, 1_000];

/**
 * Makes a client of OTLP over gRPC. Address, TLS, headers, compression and the time of one try come from the standard
 * variables, which `readConfig` has checked; they are read as OpenTelemetry's own exporter reads them.
 */
export function createOtlpClient(): SpanSender {
  const config = convertLegacyOtlpGrpcOptions({}, "TRACES");
  const metadata = config.metadata();
  const connect = () =>
    new Client(config.url, config.credentials(), {
      "grpc.default_compression_algorithm":
        config.compression === "gzip" ? compressionAlgorithms.gzip : compressionAlgorithms.identity,
      "grpc.initial_reconnect_backoff_ms": firstReconnectMs,
      "grpc.max_reconnect_backoff_ms": longestReconnectMs,
      "grpc.dns_min_time_between_resolutions_ms": longestReconnectMs,
      // Tries are made here, where they are counted.
      "grpc.enable_retries": 0,
      // A new client is to begin a new connection, and not to wait for the old one's.
      "grpc.use_local_subchannel_pool": 1,
    });
  let client = connect();
  /**
   * Begins anew where no connection came about in the time of a whole try. grpc-js waits for one as long as TCP does, two minutes; and
   * what was on its way to an address whose owner had just gone, as behind a Service of Kubernetes, never arrives.
   */
  const beginAnew = (tried: Client) => {
    if (tried !== client || tried.getChannel().getConnectivityState(false) === connectivityState.READY)
      return;
    client = connect();
    tried.close();
  };
  return {
    send: (spans, timeoutMs) =>
      new Promise((resolve) => {
        const deadline = Date.now() + Math.min(timeoutMs, config.timeoutMillis);
        const tried = client;
        tried.makeUnaryRequest(
          exportMethod,
          serialize,
          (answer) => answer,
          spans,
          metadata,
          { deadline },
          (error, answer) => {
            if (error?.code === status.DEADLINE_EXCEEDED) beginAnew(tried);
            resolve(error === null ? toAccepted(answer) : toFailure(error));
          },
        );
      }),
    close: () => client.close(),
  };
}

function serialize(spans: readonly ReadableSpan[]): Buffer {
  return Buffer.from(ProtobufTraceSerializer.serializeRequest([...spans]) ?? []);
}

function toAccepted(answer: Uint8Array | undefined): SendResult {
  try {
    const { partialSuccess } = ProtobufTraceSerializer.deserializeResponse(answer ?? new Uint8Array());
    const { rejectedSpans: rejected = 0, errorMessage: reason = "" } = partialSuccess ?? {};
    return { kind: "accepted", rejected, reason };
  } catch {
    // The status was OK, so the spans were taken, whatever the answer tries to say.
    return { kind: "accepted", rejected: 0, reason: "" };
  }
}

function toFailure(error: ServiceError): SendResult {
  const [statusDetails] = error.metadata.get("grpc-status-details-bin");
  return {
    error,
    ...judgeFailure({
      code: error.code,
      details: error.details,
      ...(statusDetails instanceof Uint8Array ? { statusDetails } : {}),
    }),
  };
}
