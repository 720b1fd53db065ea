// Next calls this once before it serves anything. Spans go to the Collector that OTEL_EXPORTER_OTLP_ENDPOINT names.
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME === "nodejs") {
    await import("./tracing");
  }
}
