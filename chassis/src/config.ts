import { DiagLogLevel } from "@opentelemetry/api";
import type { z } from "zod";
import type { Environment } from "./environment.ts";
import { ConfigError, readEnvironment } from "./environment.ts";
import { otelEnvironment } from "./otel-environment.ts";
import type { ListenAddress } from "./values.ts";
import { duration, hostNames, integer, listenAddress, oneOf } from "./values.ts";

const mebibyte = 1_024 * 1_024;
const bytes = integer({ min: 1_024, max: 512 * mebibyte });

const callLimit = integer({ min: 1, max: 1_000_000 });

/** The variables of every service beside OpenTelemetry's, and what each may be. */
const serviceEnvironment = {
  LISTEN_ADDRESS: listenAddress.optional(),
  ALLOWED_HOSTS: hostNames.default([]),
  LOG_LEVEL: oneOf(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
  SHUTDOWN_TIMEOUT: duration({ min: 1, max: 600_000 }).default(10_000),
  // 4 MiB is what gRPC implementations allow by default.
  READ_MAX_BYTES: bytes.default(4 * mebibyte),
  WRITE_MAX_BYTES: bytes.default(4 * mebibyte),
  MAX_TIMEOUT: duration({ min: 1, max: 86_400_000 }).default(300_000),
  // A call that waits takes some 50 kB.
  MAX_UNARY_CALLS: callLimit.default(1_000),
  MAX_STREAMS: callLimit.default(1_000),
} as const;

/** Where and how spans are sent. */
export interface TelemetryConfig {
  /** Whether spans are made at all. */
  readonly enabled: boolean;
  /** Whether the spans that are made are sent. */
  readonly exporting: boolean;
  /** How much the SDK says of itself in the log. */
  readonly logLevel: DiagLogLevel;
  /** `service.name` of every span and of every log line. */
  readonly serviceName: string;
  /** Where the Collector is; for messages, as the exporter reads the variables itself. */
  readonly endpoint: string;
  /** What carries traces in headers, names of `OTEL_PROPAGATORS`. */
  readonly propagators: readonly string[];
  /** How long a span waits for others to go with it, in milliseconds. */
  readonly scheduleDelayMs: number;
  /** How long one batch may take to be sent, with all its tries, in milliseconds. */
  readonly exportTimeoutMs: number;
  /** How many spans wait or are on their way at most; those beyond are dropped. */
  readonly maxQueueSize: number;
  /** How many bytes they take at most, as an OTLP request would have them; spans beyond are dropped. */
  readonly maxQueueBytes: number;
  /** How many spans go together at most. */
  readonly maxExportBatchSize: number;
  /** How long the last spans may take to be sent when the service stops, in milliseconds. */
  readonly flushTimeoutMs: number;
}

/** What every service reads from its environment. */
export interface ServiceConfig {
  readonly listen: ListenAddress;
  /** The names that requests may be sent to, beside `localhost`, `127.0.0.1` and `[::1]`. */
  readonly allowedHosts: readonly string[];
  readonly logLevel: string;
  /** How long calls in flight may take to finish when the service stops, in milliseconds. */
  readonly shutdownTimeoutMs: number;
  /** Largest message that is read, in bytes. */
  readonly readMaxBytes: number;
  /** Largest message that is written, in bytes. */
  readonly writeMaxBytes: number;
  /** Longest deadline that a caller may set, in milliseconds; a longer one is answered with an error. */
  readonly maxTimeoutMs: number;
  /** Most unary calls at a time; more are refused with `unavailable`. */
  readonly maxUnaryCalls: number;
  /** The same for streams, which have a bound of their own: those that stand idle are not to keep unary calls out. */
  readonly maxStreams: number;
  readonly telemetry: TelemetryConfig;
}

/** What a service is if nothing else is said. */
export interface ServiceDefaults {
  /** `service.name` when no variable gives one. */
  readonly serviceName: string;
  readonly listen: ListenAddress;
}

/**
 * Reads the configuration of a service from environment variables.
 *
 * @param own The variables that only this service has.
 * @returns What every service has, and the values of `own` under the names of their variables.
 * @throws {ConfigError} naming all problems at once.
 */
export function readConfig<S extends z.ZodRawShape>(
  defaults: ServiceDefaults,
  own: S,
  environment: Environment,
): { readonly service: ServiceConfig; readonly own: z.output<z.ZodObject<S>> } {
  const problems: string[] = [];
  const values = collect(problems, () =>
    readEnvironment({ ...otelEnvironment, ...serviceEnvironment }, environment),
  );
  const ownValues = collect(problems, () => readEnvironment(own, environment));
  if (values !== undefined && values.OTEL_BSP_MAX_EXPORT_BATCH_SIZE > values.OTEL_BSP_MAX_QUEUE_SIZE) {
    problems.push(
      `OTEL_BSP_MAX_EXPORT_BATCH_SIZE=${values.OTEL_BSP_MAX_EXPORT_BATCH_SIZE}: expected at most ` +
        `OTEL_BSP_MAX_QUEUE_SIZE, which is ${values.OTEL_BSP_MAX_QUEUE_SIZE}`,
    );
  }
  if (values !== undefined) {
    for (const signal of ["", "TRACES_"] as const) {
      const [key, certificate] = [
        `OTEL_EXPORTER_OTLP_${signal}CLIENT_KEY`,
        `OTEL_EXPORTER_OTLP_${signal}CLIENT_CERTIFICATE`,
      ] as const;
      if ((values[key] === undefined) !== (values[certificate] === undefined)) {
        problems.push(`${key} and ${certificate}: expected both or none`);
      }
    }
  }
  if (values === undefined || ownValues === undefined || problems.length > 0) {
    throw new ConfigError(problems);
  }
  const service: ServiceConfig = {
    listen: values.LISTEN_ADDRESS ?? defaults.listen,
    allowedHosts: values.ALLOWED_HOSTS,
    logLevel: values.LOG_LEVEL,
    shutdownTimeoutMs: values.SHUTDOWN_TIMEOUT,
    readMaxBytes: values.READ_MAX_BYTES,
    writeMaxBytes: values.WRITE_MAX_BYTES,
    maxTimeoutMs: values.MAX_TIMEOUT,
    maxUnaryCalls: values.MAX_UNARY_CALLS,
    maxStreams: values.MAX_STREAMS,
    telemetry: {
      enabled: values.OTEL_SDK_DISABLED === "false",
      exporting: values.OTEL_TRACES_EXPORTER === "otlp",
      logLevel: DiagLogLevel[values.OTEL_LOG_LEVEL.toUpperCase() as keyof typeof DiagLogLevel],
      serviceName:
        values.OTEL_SERVICE_NAME ?? values.OTEL_RESOURCE_ATTRIBUTES["service.name"] ?? defaults.serviceName,
      endpoint: values.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? values.OTEL_EXPORTER_OTLP_ENDPOINT,
      propagators: values.OTEL_PROPAGATORS,
      scheduleDelayMs: values.OTEL_BSP_SCHEDULE_DELAY,
      exportTimeoutMs: values.OTEL_BSP_EXPORT_TIMEOUT,
      maxQueueSize: values.OTEL_BSP_MAX_QUEUE_SIZE,
      maxQueueBytes: values.TELEMETRY_QUEUE_MAX_BYTES,
      maxExportBatchSize: values.OTEL_BSP_MAX_EXPORT_BATCH_SIZE,
      flushTimeoutMs: values.TELEMETRY_FLUSH_TIMEOUT,
    },
  };
  return { service, own: ownValues };
}

/** Runs one part of the reading and keeps its problems, so that the other parts are read too. */
function collect<T>(problems: string[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ConfigError) {
      problems.push(...error.problems);
      return undefined;
    }
    throw error;
  }
}
