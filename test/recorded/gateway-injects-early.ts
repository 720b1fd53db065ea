// A gateway with a mistake that is often made: it injects traceparent before its CLIENT span exists, so that the
// header carries the context of the span above it.
import { context, propagation } from "@opentelemetry/api";
import { runBrokenGateway } from "./run-broken-gateway.ts";

await runBrokenGateway((header) => {
  const early: Record<string, string> = {};
  propagation.inject(context.active(), early);
  return () => header.set("traceparent", early.traceparent ?? "");
});
