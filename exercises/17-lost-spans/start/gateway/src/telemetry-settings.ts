/**
 * The environment variables of the gateway's exporter, with the names and units of OpenTelemetry's specification.
 * What is not here is as in compose.yaml, or the default.
 */
export const telemetrySettings = {
  /** Milliseconds between two exports. */
  OTEL_BSP_SCHEDULE_DELAY: "100",
  /** Milliseconds that an export may take, with all tries (the default is 30000). We do not want to wait for telemetry. */
  OTEL_BSP_EXPORT_TIMEOUT: "300",
};
