import { accessSync, constants, statSync } from "node:fs";
import { z } from "zod";
import { propagatorNames } from "./propagators.ts";
import { duration, httpUrl, integer, oneOf } from "./values.ts";

/**
 * The standard OpenTelemetry variables that the services honour, and what they may be. The SDK itself goes
 * on with a default and a line in its own log when one is wrong, and a trace is then silently missing; here
 * it is an error.
 *
 * Most are read by the SDK and by its exporter from the environment; they are here to be checked.
 *
 * Source: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ and
 * https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 */

const positive = integer({ min: 1, max: 1_000_000 });
// In these variables a number is always milliseconds, without a unit.
const milliseconds = integer({ min: 1, max: 3_600_000 });
const ratio = z.string().refine((text) => /^(0|1|[01]?\.\d+|1\.0+)$/.test(text) && Number(text) <= 1, {
  error: "expected a number from 0 to 1",
});

const samplers = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
] as const;

/** Given as a list of names. */
const propagatorList = z
  .string()
  .transform((text) => text.split(",").map((name) => name.trim()))
  .refine((names) => names.every((name) => propagatorNames.includes(name)), {
    error: `expected a comma separated list of ${propagatorNames.join(", ")}`,
  });

/** `key=value,key=value`, percent-encoded as in W3C Baggage. Given as an object. */
const resourceAttributes = z.string().transform((text, issues): Record<string, string> => {
  const attributes: Record<string, string> = {};
  for (const pair of text.split(",")) {
    const [, key, value] = /^\s*([\w./-]+)\s*=([^=,;]*)$/.exec(pair) ?? [];
    const decoded = value === undefined ? undefined : percentDecode(value.trim());
    if (key === undefined || decoded === undefined) {
      issues.addIssue('expected key=value pairs like "deployment.environment.name=lab,team=mesh"');
      return z.NEVER;
    }
    attributes[key] = decoded;
  }
  return attributes;
});

function percentDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    // A stray percent sign; the caller reports it.
    return undefined;
  }
}

const truth = z
  .string()
  .toLowerCase()
  .pipe(oneOf(["true", "false"]));
const compression = oneOf(["none", "gzip"]);
// Headers have the form of the resource's attributes, and gRPC takes their names in lower case only.
const headers = resourceAttributes.refine(
  (them) => Object.keys(them).every((name) => /^[0-9a-z_.-]+$/.test(name)),
  { error: 'expected names of gRPC metadata (a-z, 0-9, "_", "-", "."), for example "api-key=secret"' },
);
const limit = integer({ min: 0, max: 1_000_000_000 });
/** A file that this process may read. */
const readableFile = z.string().refine(isReadableFile, { error: "expected a file that can be read" });

function isReadableFile(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).isFile();
  } catch {
    // Missing, or not ours to read: what the caller wants to know.
    return false;
  }
}

/** The variables and what each may be. */
export const otelEnvironment = {
  OTEL_SDK_DISABLED: truth.default("false"),
  /** How much the SDK says of itself, in the service's own log. The names are those of OpenTelemetry JS's DiagLogLevel. */
  OTEL_LOG_LEVEL: z
    .string()
    .toLowerCase()
    .pipe(oneOf(["none", "error", "warn", "info", "debug", "verbose", "all"]))
    .default("info"),
  OTEL_SERVICE_NAME: z.string().optional(),
  OTEL_RESOURCE_ATTRIBUTES: resourceAttributes.default({}),
  OTEL_TRACES_EXPORTER: oneOf(["otlp", "none"]).default("otlp"),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl.default("http://localhost:4317"),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: httpUrl.optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: oneOf(["grpc"]).default("grpc"),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: oneOf(["grpc"]).default("grpc"),
  OTEL_EXPORTER_OTLP_TIMEOUT: milliseconds.optional(),
  OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: milliseconds.optional(),
  OTEL_EXPORTER_OTLP_HEADERS: headers.optional(),
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: headers.optional(),
  OTEL_EXPORTER_OTLP_COMPRESSION: compression.optional(),
  OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: compression.optional(),
  OTEL_EXPORTER_OTLP_INSECURE: truth.optional(),
  OTEL_EXPORTER_OTLP_TRACES_INSECURE: truth.optional(),
  OTEL_EXPORTER_OTLP_CERTIFICATE: readableFile.optional(),
  OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: readableFile.optional(),
  OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: readableFile.optional(),
  OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE: readableFile.optional(),
  OTEL_EXPORTER_OTLP_CLIENT_KEY: readableFile.optional(),
  OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY: readableFile.optional(),
  OTEL_PROPAGATORS: propagatorList.default(["tracecontext", "baggage"]),
  OTEL_TRACES_SAMPLER: oneOf(samplers).default("parentbased_always_on"),
  OTEL_TRACES_SAMPLER_ARG: ratio.optional(),
  OTEL_BSP_SCHEDULE_DELAY: milliseconds.default(500),
  OTEL_BSP_EXPORT_TIMEOUT: milliseconds.default(30_000),
  OTEL_BSP_MAX_QUEUE_SIZE: positive.default(2_048),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: positive.default(512),
  OTEL_ATTRIBUTE_COUNT_LIMIT: limit.optional(),
  OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: limit.optional(),
  OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: limit.optional(),
  OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: limit.optional(),
  OTEL_SPAN_EVENT_COUNT_LIMIT: limit.optional(),
  OTEL_SPAN_LINK_COUNT_LIMIT: limit.optional(),
  OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: limit.optional(),
  OTEL_LINK_ATTRIBUTE_COUNT_LIMIT: limit.optional(),
  OTEL_CONFIG_FILE: z.undefined({ error: "is not supported here, set the other OTEL_ variables" }).optional(),
  /**
   * How many bytes of spans wait at most, beside OTEL_BSP_MAX_QUEUE_SIZE, as spans have no fixed size. In the process's
   * memory they take several times as much.
   */
  TELEMETRY_QUEUE_MAX_BYTES: integer({ min: 65_536, max: 1_073_741_824 }).default(33_554_432),
  /** How long the last spans may take to be sent when the service stops. */
  TELEMETRY_FLUSH_TIMEOUT: duration({ min: 1, max: 60_000 }).default(5_000),
} as const;
