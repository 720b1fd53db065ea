import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import type { Detour } from "@envoy-mesh-lab/incident";
import { divertConfig, divertText } from "@envoy-mesh-lab/incident";
import { parse } from "yaml";
import type { HopName } from "./hops.ts";
import { hopNames, hops } from "./hops.ts";
import type { SmallDisk } from "./small-disk.ts";

/** What is to be laid over the mesh. */
export interface OverrideOptions {
  /** Where the changed configurations go; it has to stay while the mesh is brought up. */
  readonly folder: string;
  readonly relayPorts: Readonly<Record<HopName, number>>;
  /** Disks that take the place of the named volume of a part. */
  readonly disks: ReadonlyMap<string, SmallDisk>;
}

/** As much of a compose file as this changes. */
interface ComposeFile {
  readonly services: Record<string, Service>;
}

interface Service {
  readonly environment?: Readonly<Record<string, string>>;
  /** In the short form, or as an object in the long one. */
  readonly volumes?: readonly unknown[];
}

/**
 * Makes the compose file that leads every hop of the mesh through its relay, and writes the configurations that it names.
 *
 * @throws {Error} when a hop is found in no configuration, as its relay would then stand beside the way.
 */
export function writeOverride({ folder, relayPorts, disks }: OverrideOptions): ComposeFile {
  const text = readFileSync(join(repoRoot, "compose.yaml"), "utf8");
  const { services } = parse(text, { merge: true }) as ComposeFile;
  const found = new Set<HopName>();
  const changed = Object.entries(services).map(([part, service]): [string, Service] => {
    const names = hopNames.filter((name) => (hops[name].from as readonly string[]).includes(part));
    const detourOf = (name: HopName): Detour => ({ ...hops[name].to, relayPort: relayPorts[name] });
    const divert = (change: typeof divertText) => (before: string) => {
      for (const name of names) {
        if (change(before, [detourOf(name)]) !== change(before, [])) found.add(name);
      }
      return change(before, names.map(detourOf));
    };
    const environment = Object.entries(service.environment ?? {}).map(
      ([key, value]) => [key, divert(divertText)(String(value))] as const,
    );
    const volumes = (service.volumes ?? []).filter((volume) => typeof volume === "string");
    const configs = volumes.flatMap((volume) => {
      const [source = "", target] = volume.split(":");
      if (names.length === 0 || !source.endsWith(".yaml")) return [];
      const file = join(folder, `${part}-${basename(source)}`);
      writeFileSync(file, divert(divertConfig)(readFileSync(join(repoRoot, source), "utf8")));
      return [`${file}:${target}:ro`];
    });
    const disk = disks.get(part);
    const named = volumes.filter((volume) => disk !== undefined && /^[\w-]+:/.test(volume));
    const mounts = named.map((volume) => `${disk?.folder}:${volume.split(":")[1]}`);
    return [part, { environment: Object.fromEntries(environment), volumes: [...configs, ...mounts] }];
  });
  const missed = hopNames.filter((name) => !found.has(name));
  if (missed.length > 0) {
    throw new Error(`no file of the mesh names what these relays stand before: ${missed.join(", ")}`);
  }
  return { services: Object.fromEntries(changed) };
}
