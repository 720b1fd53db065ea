/**
 * The environment variables of the gateway's exporter, with the names and units of OpenTelemetry's specification.
 * What is not here is as in compose.yaml, or the default.
 */
export const telemetrySettings = {
  /** Milliseconds between two exports. */
  OTEL_BSP_SCHEDULE_DELAY: "100",
  /** Milliseconds that an export may take, with all tries: longer than the Collector may be away. No call waits for it. */
  OTEL_BSP_EXPORT_TIMEOUT: "30000",
};
