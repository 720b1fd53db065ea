import type { Span, Trace } from "./model.ts";
import type { ProxyRule } from "./proxy-rule.ts";

/** Who made a span: an application, or a proxy on the way. */
export type Role = "app" | "proxy";

/** Which way a proxy's span looks: inbound, to the workload that it works for, or outbound, from it. */
export type Direction = "inbound" | "outbound";

/** What is known of who made a span, and from what. */
export type Attribution = {
  role: Role;
  /** Which proxy: "envoy" for example. Absent for applications. */
  proxy?: string;
  /** Absent for applications, and where nothing tells. */
  direction?: Direction;
  /** The workload that a proxy works for, or the application itself; absent where nothing tells. */
  workload?: string;
  /** What tells so, in words: the attributes, scope or resource that were seen. */
  evidence: string[];
};

/** Who made the spans of one trace. */
export type Attributions = (span: Span) => Attribution;

/**
 * Tells proxies from applications by what they say of themselves: Envoy's OpenTelemetry tracer names its
 * instrumentation scope "envoy" (Envoy 1.40, `set_instrumentation_scope`, on by default).
 *
 * @param rules the user's own, which win: a span that one of them matches is a proxy's.
 */
export function attribute(_trace: Trace, rules: readonly ProxyRule[] = []): Attributions {
  return (span) => {
    const direction = span.resource["mesh.proxy.direction"];
    const workload = span.resource["mesh.proxy.workload"];
    const evidence = [
      ...rules.filter((it) => it.matches(span)).map((it) => `your rule ${it.text}`),
      ...(span.scope.name === "envoy" ? ['instrumentation scope "envoy"'] : []),
      ...(span.attributes.component === "proxy" ? ['attribute component="proxy"'] : []),
    ];
    if (evidence.length === 0) {
      return { role: "app", evidence: ["nothing says that it is a proxy"] };
    }
    return {
      role: "proxy",
      proxy: "envoy",
      ...(direction === "inbound" || direction === "outbound" ? { direction } : {}),
      ...(typeof workload === "string" ? { workload } : {}),
      evidence,
    };
  };
}
