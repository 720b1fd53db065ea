import type { PortMap } from "./port-map.ts";
import { hostPort } from "./port-map.ts";

/** One place of a container's file system and where it is natively. */
export interface PathMapping {
  readonly target: string;
  readonly native: string;
}

/** What the texts of one service are derived with. */
export interface Derivation {
  readonly service: string;
  readonly ports: PortMap;
  readonly paths: readonly PathMapping[];
}

/** A derived text, and what in it has no native counterpart. */
export interface Derived {
  readonly text: string;
  readonly problems: readonly string[];
}

const anyAddress = new Set(["0.0.0.0", "[::]", "::", ""]);
const ownAddress = new Set([...anyAddress, "127.0.0.1", "localhost", "[::1]", "::1"]);
const defaultPort: Record<string, number> = { http: 80, https: 443 };

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
}

function alternatives(texts: Iterable<string>): string {
  return [...texts]
    .toSorted((a, b) => b.length - a.length)
    .map(escapeRegExp)
    .join("|");
}

function undeclared(service: string, port: number): string {
  return `${service} declares no port ${port}: add it to its ports or expose`;
}

/** Where an address and a port of a container are natively; undefined when they are nothing of the mesh. */
export type Endpoint = { readonly port: number } | { readonly problem: string } | undefined;

/**
 * The native port on 127.0.0.1 of what a text inside a container calls `address:port`.
 * A port that its service does not declare is a problem: natively nothing could keep it free.
 */
export function resolveEndpoint(address: string, port: number, derivation: Derivation): Endpoint {
  const isOwn = ownAddress.has(address);
  const service = isOwn ? derivation.service : address;
  const host = hostPort(derivation.ports, service, port);
  if (host !== undefined) {
    return { port: host };
  }
  // A loopback port that is not the service's own may be something else on this host.
  const isOfMesh = isOwn ? anyAddress.has(address) : derivation.ports.has(service);
  return isOfMesh ? { problem: undeclared(service, port) } : undefined;
}

/** True for a bare name or address that stands for 127.0.0.1 natively. */
export function isMeshAddress(text: string, derivation: Derivation): boolean {
  return derivation.ports.has(text) || (anyAddress.has(text) && text !== "");
}

/** Gives the paths in a text that are under a mount their real places. */
export function derivePaths(text: string, paths: readonly PathMapping[]): string {
  if (paths.length === 0) {
    return text;
  }
  const native = new Map(paths.map((path) => [path.target, path.native]));
  const pattern = new RegExp(
    `(^|[\\s"'=:,;()[\\]]|file://)(${alternatives(native.keys())})(?=$|[/\\s"'=:,;()[\\]?])`,
    "gm",
  );
  return text.replace(pattern, (_, before: string, target: string) => before + native.get(target));
}

/**
 * Gives a text of a service its native form: `service:port`, `scheme://service` and the service's own listening
 * addresses become `127.0.0.1:port`, and paths under a mount become the real ones. All other words stay.
 */
export function deriveText(text: string, derivation: Derivation): Derived {
  const problems: string[] = [];
  const names = alternatives([
    ...derivation.ports.keys(),
    "0.0.0.0",
    "127.0.0.1",
    "localhost",
    "[::]",
    "[::1]",
  ]);
  const withPort = new RegExp(`(^|//|[^\\w.\\-/])(${names}):(\\d{1,5})(?![\\w]|\\.\\d)`, "g");
  const replaced = text.replace(
    withPort,
    (match, before: string, address: string, port: string, offset: number) => {
      const endpoint = resolveEndpoint(address, Number(port), derivation);
      if (endpoint === undefined) {
        return match;
      }
      if ("port" in endpoint) {
        return `${before}127.0.0.1:${endpoint.port}`;
      }
      // In the middle of a sentence the words may mean something else.
      const isAddress = before.endsWith("//") || (offset === 0 && match.length === text.length);
      if (isAddress) {
        problems.push(endpoint.problem);
      }
      return match;
    },
  );
  const services = alternatives(derivation.ports.keys());
  const withScheme = new RegExp(`\\b(https?)://(${services})(?=$|[/?#\\s"'])`, "g");
  const withDefaults = replaced.replace(withScheme, (match, scheme: string, service: string) => {
    const endpoint = resolveEndpoint(service, defaultPort[scheme] ?? 0, derivation);
    if (endpoint && "port" in endpoint) {
      return `${scheme}://127.0.0.1:${endpoint.port}`;
    }
    if (endpoint) {
      problems.push(endpoint.problem);
    }
    return match;
  });
  return { text: derivePaths(withDefaults, derivation.paths), problems };
}
