/** A way between two parts that a relay stands in. */
export interface Hop {
  /** Who is sent through the relay. */
  readonly from: readonly string[];
  readonly to: { readonly part: string; readonly port: number };
}

const telemetry = ["edge", "gateway-proxy", "backend-proxy", "gateway", "backend"];

/** The hops of the mesh, by name: those that a call takes, and those of the spans. */
export const hops = {
  "edge > gateway-proxy": { from: ["edge"], to: { part: "gateway-proxy", port: 15006 } },
  "gateway-proxy > gateway": { from: ["gateway-proxy"], to: { part: "gateway", port: 8081 } },
  "gateway > gateway-proxy": { from: ["gateway"], to: { part: "gateway-proxy", port: 15001 } },
  "gateway-proxy > backend-proxy": { from: ["gateway-proxy"], to: { part: "backend-proxy", port: 15106 } },
  "backend-proxy > backend": { from: ["backend-proxy"], to: { part: "backend", port: 8082 } },
  "senders > otel-collector": { from: telemetry, to: { part: "otel-collector", port: 4317 } },
  "otel-collector > tempo": { from: ["otel-collector"], to: { part: "tempo", port: 4327 } },
} as const satisfies Record<string, Hop>;

export type HopName = keyof typeof hops;
export const hopNames = Object.keys(hops) as HopName[];
