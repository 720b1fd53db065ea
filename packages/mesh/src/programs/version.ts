import type { ProgramName } from "./pins.ts";
import { collectorModules, pinned } from "./pins.ts";
import type { ProbeResult } from "./probe.ts";
import { probe } from "./probe.ts";

/** Envoy prints `envoy  version: <commit>/1.40.0/Clean/RELEASE/BoringSSL`. */
export function envoyVersion(output: string): string | undefined {
  return /^\S*envoy\s+version:\s+[0-9a-f]+\/(\d+\.\d+\.\d+[^/\s]*)\//m.exec(output)?.[1];
}

/** The Collector prints `otelcol-contrib version 0.161.0`. */
export function collectorVersion(output: string): string | undefined {
  return /^otelcol\S* version v?(\d+\.\d+\.\d+\S*)$/m.exec(output)?.[1];
}

/** Tempo prints `tempo, version 2.8.0 (branch: HEAD, revision: 47cc1b3)`; other programs have the same name. */
export function tempoVersion(output: string): string | undefined {
  return /^tempo, version v?(\d+\.\d+\.\d+\S*) \(branch: /m.exec(output)?.[1];
}

/** The components of the manifest that a Collector lacks, from what its `components` command prints. */
export function missingModules(componentsOutput: string, wanted: readonly string[]): string[] {
  const present = new Set(
    [...componentsOutput.matchAll(/^\s*module: (\S+ v\S+)\s*$/gm)].map((match) => match[1]),
  );
  return wanted.filter((module) => !present.has(module));
}

/**
 * Says which version of a program a file is, when it is one that the lab can use.
 *
 * Envoy and the Collector must have the pinned version, as tests and lessons rest on their spans and attributes.
 * Of Tempo any 2.8 will do. The Collector must also have every component of the manifest.
 *
 * @returns the version, or undefined when the file is another program, another version, or lacks something
 */
export async function usableVersion(
  name: ProgramName,
  file: string,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  switch (name) {
    case "envoy":
      return exactly(pinned.envoy.version, envoyVersion(all(await probe(file, ["--version"], env))));
    case "tempo": {
      const version = tempoVersion(all(await probe(file, ["--version"], env)));
      return version?.startsWith("2.8.") ? version : undefined;
    }
    case "otelcol-contrib": {
      const version = exactly(
        pinned[name].version,
        collectorVersion(all(await probe(file, ["--version"], env))),
      );
      if (version === undefined) return undefined;
      const components = await probe(file, ["components"], env);
      return components.code === 0 && missingModules(components.stdout, collectorModules()).length === 0
        ? version
        : undefined;
    }
    case "compose-model": {
      // It is ours alone and has no version of its own to print: that it runs is all there is to see.
      const help = await probe(file, ["-h"], env);
      return help.code === 0 && all(help).includes("-project-name") ? pinned[name].version : undefined;
    }
  }
}

function exactly(wanted: string, found: string | undefined): string | undefined {
  return found === wanted ? found : undefined;
}

/** Some programs print their version to stderr. */
function all(result: ProbeResult): string {
  return result.code === 0 ? `${result.stdout}\n${result.stderr}` : "";
}
