/** A port of a part, inside of its container. */
export interface PartPort {
  readonly service: string;
  readonly port: number;
}

/**
 * What the parts of the lab's own mesh are called and where they answer, as compose.yaml says it. This is the one place
 * in the code that knows; a test holds it to the compose files (test/compose.test.ts).
 *
 * It is written down, and not read from the compose model, for two reasons: the model says which ports a part has, and not
 * what is asked of which; and a command that only asks a running mesh reads no model: parsing compose.yaml would add about
 * 80 ms to each.
 */
export const labParts = {
  /** Where users' calls go in. */
  edge: { service: "edge", port: 8080 },
  /** The inbound listener of the gateway's sidecar, and the gateway behind it. */
  sidecar: { service: "gateway-proxy", port: 15006 },
  gateway: { service: "gateway", port: 8081 },
  /** Gateways of `lab compare --modes`, past which no proxy stands, or one (compose.modes.yaml). */
  gatewayDirect: { service: "gateway-direct", port: 8083 },
  gatewayOne: { service: "gateway-one", port: 8084 },
  /** The Collector's own metrics. */
  collector: { service: "otel-collector", port: 8888 },
  /** Where the Collector takes OTLP over HTTP. */
  spans: { service: "otel-collector", port: 4318 },
  /** What reads of Tempo's API, as the proxy in front of it lets it through. */
  tempo: { service: "tempo-proxy", port: 3200 },
  /** Tempo itself, where it says whether it is ready. */
  tempoItself: { service: "tempo", port: 3202 },
  /** The page, with the profile of that name. */
  page: { service: "page", port: 8090 },
  /** Grafana, with the profile of that name. */
  grafana: { service: "grafana", port: 3000 },
} as const satisfies Record<string, PartPort>;

/** Where the services answer with their counts of spans: their one port. */
export const servicePorts: readonly PartPort[] = [labParts.gateway, { service: "backend", port: 8082 }];

/** Where the Envoys that make spans let their admin interfaces be read. */
export const adminPorts: readonly PartPort[] = [
  { service: "edge", port: 9901 },
  { service: "gateway-proxy", port: 15000 },
  { service: "backend-proxy", port: 15100 },
];
