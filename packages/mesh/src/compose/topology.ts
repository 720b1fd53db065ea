import { resolve } from "node:path";
import { isMap, isScalar, parseAllDocuments, parseDocument, visit } from "yaml";
import { interpolate } from "./published-port.ts";

/** What a part is for. */
export type TopologyRole = "proxy" | "app" | "telemetry";

/** A part as the compose files describe it. */
export interface TopologyPart {
  readonly name: string;
  readonly role: TopologyRole;
  /** The name that its spans have (OTEL_SERVICE_NAME), where that is another. */
  readonly serviceName: string;
  /** Of a proxy beside one application: that one. */
  readonly workload?: string;
  /** The profiles that switch it on; none: it is always there. */
  readonly profiles: readonly string[];
  /** Its ports, in its container. */
  readonly ports: readonly number[];
  /** The YAML files that are mounted into it, as absolute paths. */
  readonly files: readonly string[];
}

/** Who calls whom, as the settings and configuration files of the parts name each other. */
export interface TopologyEdge {
  readonly from: string;
  readonly to: string;
  /** Whether traces go this way, and not calls. */
  readonly telemetry: boolean;
}

/** The parts of a mesh in the order of its files, and who calls whom. */
export interface Topology {
  readonly parts: readonly TopologyPart[];
  readonly edges: readonly TopologyEdge[];
}

/** A compose file with its text. */
export interface ComposeText {
  readonly path: string;
  readonly text: string;
}

/** What of a service is looked at; everything else is left alone. */
interface Service {
  image?: string;
  command?: unknown;
  profiles?: string[];
  environment?: Record<string, unknown> | string[];
  depends_on?: Record<string, unknown> | string[];
  volumes?: (string | { type?: string; source?: string; target?: string })[];
  ports?: (string | number | { target?: number })[];
  expose?: (string | number)[];
  "x-native"?: { program?: string };
}

interface Merged {
  program: string;
  profiles: readonly string[];
  environment: Map<string, string>;
  dependsOn: Set<string>;
  /** Sources by target. */
  mounts: Map<string, string>;
  ports: Set<number>;
}

const telemetryPrograms = /otelcol|opentelemetry-collector|tempo|jaeger|zipkin|prometheus|loki|grafana/i;
const yamlFile = /\.ya?ml$/;

/**
 * Reads from compose files which parts there are and how they hang together. Found without compose-go, which a container has
 * not; so it sees what the files themselves say, merged in order, with variables as Docker Compose fills them in, and
 * without `extends` and `include`.
 *
 * @param readFile the text of a mounted file; undefined for one that is not there.
 */
export function topologyOf(
  files: readonly ComposeText[],
  env: NodeJS.ProcessEnv,
  readFile: (path: string) => string | undefined,
): Topology {
  const services = mergeServices(files, env);
  const names = [...services.keys()];
  const folder = resolve(files[0]?.path ?? "compose.yaml", "..");
  const mounted = new Map(
    [...services].map(([name, { mounts }]) => [
      name,
      [...mounts.values()].filter((it) => yamlFile.test(it)).map((it) => resolve(folder, it)),
    ]),
  );
  const targets = new Map<string, Set<string>>();
  for (const [name, { environment, dependsOn }] of services) {
    const own = (mounted.get(name) ?? []).flatMap((it) => {
      const text = readFile(it);
      return text === undefined ? [] : namedInYaml(text, names);
    });
    const named = new Set([...own, ...[...environment.values()].flatMap((it) => namedIn(it, names))]);
    named.delete(name);
    // Who names nobody is put where it is started: after those it waits for.
    const waitsFor = [...dependsOn].filter((it) => services.has(it));
    targets.set(name, named.size > 0 ? named : new Set(waitsFor));
  }
  const roleOf = (name: string): TopologyRole => {
    const program = services.get(name)?.program ?? "";
    if (/envoy(?!-mesh-lab)/i.test(program)) return "proxy";
    return telemetryPrograms.test(program) ? "telemetry" : "app";
  };
  const isTelemetry = (name: string): boolean => {
    const next = [...(targets.get(name) ?? [])];
    return (
      roleOf(name) === "telemetry" ||
      (roleOf(name) === "proxy" && next.length > 0 && next.every((it) => roleOf(it) === "telemetry"))
    );
  };
  const parts = [...services].map(([name, { profiles, ports, environment }]): TopologyPart => {
    const apps = [...(targets.get(name) ?? [])].filter((it) => roleOf(it) === "app");
    const isSidecar = roleOf(name) === "proxy" && apps.length === 1;
    return {
      name,
      role: roleOf(name),
      serviceName: environment.get("OTEL_SERVICE_NAME") || name,
      ...(isSidecar ? { workload: apps[0] as string } : {}),
      profiles,
      ports: [...ports],
      files: mounted.get(name) ?? [],
    };
  });
  const edges = [...targets].flatMap(([from, to]) =>
    [...to].map((it) => ({ from, to: it, telemetry: isTelemetry(it) })),
  );
  return { parts, edges };
}

function mergeServices(files: readonly ComposeText[], env: NodeJS.ProcessEnv): Map<string, Merged> {
  const services = new Map<string, Merged>();
  for (const { text } of files) {
    const tree = parseDocument(text, { merge: true }).toJS() as { services?: Record<string, Service> } | null;
    for (const [name, service] of Object.entries(tree?.services ?? {})) {
      const into = services.get(name) ?? emptyService();
      services.set(name, into);
      mergeInto(into, service ?? {}, (it) => interpolate(it, env));
    }
  }
  return services;
}

function emptyService(): Merged {
  return {
    program: "",
    profiles: [],
    environment: new Map(),
    dependsOn: new Set(),
    mounts: new Map(),
    ports: new Set(),
  };
}

function mergeInto(into: Merged, service: Service, fill: (text: string) => string): void {
  const program = service["x-native"]?.program ?? service.image;
  if (program !== undefined) into.program = fill(program);
  if (service.profiles !== undefined) into.profiles = service.profiles;
  for (const [key, value] of pairsOf(service.environment)) into.environment.set(key, fill(value));
  for (const it of Array.isArray(service.depends_on)
    ? service.depends_on
    : Object.keys(service.depends_on ?? {})) {
    into.dependsOn.add(it);
  }
  for (const it of service.volumes ?? []) {
    const [source, target] =
      typeof it === "string" ? splitVolume(fill(it)) : [fill(it.source ?? ""), fill(it.target ?? "")];
    // A volume has a name, a bind mount a path.
    if (source && target && /^[./~]/.test(source)) into.mounts.set(target, source);
  }
  for (const it of [...(service.expose ?? []), ...(service.ports ?? [])]) {
    const text = typeof it === "object" ? `${it.target ?? ""}` : fill(`${it}`);
    const port = Number(
      text
        .replace(/\/\w+$/, "")
        .split(":")
        .at(-1),
    );
    if (port > 0) into.ports.add(port);
  }
}

function pairsOf(environment: Service["environment"]): [string, string][] {
  if (environment === undefined || environment === null) return [];
  if (!Array.isArray(environment))
    return Object.entries(environment).map(([key, it]) => [key, `${it ?? ""}`]);
  return environment.map((it) => {
    const at = it.indexOf("=");
    return at < 0 ? [it, ""] : [it.slice(0, at), it.slice(at + 1)];
  });
}

/** SOURCE:TARGET[:MODE]. */
function splitVolume(text: string): [string, string] {
  const [source = "", target = ""] = text.split(":");
  return [source, target];
}

/** The parts whose addresses, name and port, a text holds: `http://gateway-proxy:15001`. */
function namedIn(text: string, names: readonly string[]): string[] {
  return [...text.matchAll(/(?<![\w.-])([\w][\w.-]*):\d{1,5}(?!\d)/g)]
    .map(([, host = ""]) => host)
    .filter((it) => names.includes(it));
}

/** The parts that the values of a YAML text name: as an address with a port, or under a key of that name. */
function namedInYaml(text: string, names: readonly string[]): string[] {
  const found: string[] = [];
  for (const document of parseAllDocuments(text)) {
    if (!("contents" in document)) continue;
    visit(document, {
      Pair(_, { key, value }) {
        if (!isScalar(key) || !isScalar(value) || typeof value.value !== "string") return;
        if (/^(address|host)$/.test(String(key.value)) && names.includes(value.value))
          found.push(value.value);
      },
      Scalar(key, { value }) {
        if (key !== "key" && typeof value === "string") found.push(...namedIn(value, names));
      },
    });
  }
  return found;
}

/**
 * The lines of a compose file that describe a service, with the comment above them.
 *
 * @returns undefined when the file has no such service.
 */
export function serviceBlock(text: string, service: string): { text: string; firstLine: number } | undefined {
  const services = parseDocument(text).get("services");
  const pair = isMap(services)
    ? services.items.find(({ key }) => isScalar(key) && key.value === service)
    : undefined;
  if (!isScalar(pair?.key) || !pair.key.range) return undefined;
  const lines = text.split("\n");
  const lineAt = (offset: number) => text.slice(0, offset).split("\n").length - 1;
  let first = lineAt(pair.key.range[0]);
  const indent = /^ */.exec(lines[first] ?? "")?.[0].length ?? 0;
  let end = first + 1;
  const isInside = (line: string) => line.trim() === "" || (/^ */.exec(line)?.[0].length ?? 0) > indent;
  while (end < lines.length && isInside(lines[end] as string)) end++;
  while (first > 0 && /^\s*#/.test(lines[first - 1] as string)) first--;
  return { text: `${lines.slice(first, end).join("\n").trimEnd()}\n`, firstLine: first + 1 };
}
