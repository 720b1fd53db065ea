import { diag } from "@opentelemetry/api";

const log = diag.createComponentLogger({ namespace: "otelconnect" });

/** Tells OpenTelemetry's diagnostic logger of an error that must not harm the call it happened in. */
export function report(what: string, error: unknown): void {
  log.error(`${what} failed; the call goes on`, error);
}
