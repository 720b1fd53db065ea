import { isMap, isScalar, parseAllDocuments, visit } from "yaml";

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

/** An address as it stands in the files of the mesh, and the port on 127.0.0.1 that takes its place. */
export interface Detour {
  readonly part: string;
  readonly port: number;
  readonly relayPort: number;
}

/**
 * Sends what a configuration file names by `part:port` through relays: in texts, and in maps with `address` and
 * `port_value` as Envoy writes them.
 */
export function divertConfig(text: string, detours: readonly Detour[]): string {
  const documents = parseAllDocuments(text, { uniqueKeys: false });
  if (!Array.isArray(documents)) return text;
  for (const document of documents) {
    visit(document, {
      Map: (_, map) => {
        const address = map.get("address", true);
        const port = map.get("port_value", true);
        if (!isScalar(address) || !isScalar(port)) return;
        const detour = detours.find((it) => it.part === address.value && it.port === port.value);
        if (detour) {
          address.value = "127.0.0.1";
          port.value = detour.relayPort;
        }
      },
      Scalar: (_, scalar, path) => {
        if (typeof scalar.value === "string" && !isMap(path.at(-1))) {
          scalar.value = divertText(scalar.value, detours);
        }
      },
    });
  }
  return documents.map(String).join("");
}

/** The same for a text of its own, such as a variable of the environment. */
export function divertText(text: string, detours: readonly Detour[]): string {
  return detours.reduce(
    (it, { part, port, relayPort }) =>
      it.replace(new RegExp(`(^|//)${part}:${port}(?!\\d)`, "g"), `$1127.0.0.1:${relayPort}`),
    text,
  );
}
