import type { Span } from "./model.ts";

/** Who made a span: an application, or a proxy on the way. */
export type Role = "app" | "proxy";

/**
 * Tells proxies from applications by what they say of themselves: Envoy's OpenTelemetry tracer names its
 * instrumentation scope "envoy" (Envoy 1.40, `set_instrumentation_scope`, on by default).
 */
export function roleOf(span: Span): Role {
  return span.scope.name === "envoy" || span.attributes.component === "proxy" ? "proxy" : "app";
}

/** The direction that a sidecar's span worked in, if its resource says so (see the files under envoy/). */
export function directionOf(span: Span): string | undefined {
  const direction = span.resource["mesh.proxy.direction"];
  return typeof direction === "string" ? direction : undefined;
}
