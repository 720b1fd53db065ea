import type { Scalar } from "yaml";
import { isMap, isScalar, parseAllDocuments, visit } from "yaml";

/** An address as it stands in the files of the mesh, and the port on 127.0.0.1 that takes its place. */
export interface Detour {
  readonly part: string;
  readonly port: number;
  readonly relayPort: number;
}

/**
 * Sends what a configuration file names by `part:port` through relays: in texts, and in maps with `address` and
 * `port_value` as Envoy writes them. All else stays as it is written, so that a line keeps its number.
 */
export function divertConfig(text: string, detours: readonly Detour[]): string {
  const documents = parseAllDocuments(text, { uniqueKeys: false });
  if (!Array.isArray(documents)) return text;
  const changes: { from: number; to: number; value: string }[] = [];
  const change = ({ range }: Scalar, value: string) => {
    if (range) changes.push({ from: range[0], to: range[1], value });
  };
  for (const document of documents) {
    visit(document, {
      Map: (_, map) => {
        const address = map.get("address", true);
        const port = map.get("port_value", true);
        if (!isScalar(address) || !isScalar(port)) return;
        const detour = detours.find((it) => it.part === address.value && it.port === port.value);
        if (detour === undefined) return;
        change(address, "127.0.0.1");
        change(port, String(detour.relayPort));
      },
      Scalar: (_, scalar, path) => {
        if (typeof scalar.value !== "string" || isMap(path.at(-1))) return;
        const value = divertText(scalar.value, detours);
        if (value !== scalar.value) change(scalar, JSON.stringify(value));
      },
    });
  }
  // From the end, so that places before are where they were.
  return changes
    .sort((a, b) => b.from - a.from)
    .reduce((it, { from, to, value }) => it.slice(0, from) + value + it.slice(to), text);
}

/** The same for a text of its own, such as a variable of the environment. */
export function divertText(text: string, detours: readonly Detour[]): string {
  return detours.reduce(
    (it, { part, port, relayPort }) =>
      it.replace(new RegExp(`(^|//)${part}:${port}(?!\\d)`, "g"), `$1127.0.0.1:${relayPort}`),
    text,
  );
}
