import { isMap, isScalar, parseAllDocuments, visit } from "yaml";

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
