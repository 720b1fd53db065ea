import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { z } from "zod";
import type { Layer } from "./image-archive.ts";

const manifestSchema = z.looseObject({
  dependencies: z.record(z.string(), z.string()).default({}),
  peerDependencies: z.record(z.string(), z.string()).default({}),
  peerDependenciesMeta: z
    .record(z.string(), z.looseObject({ optional: z.boolean().default(false) }))
    .default({}),
});

/** The services, which the image starts from. */
const roots = ["gateway", "backend"];
/** The folders of a package of this repository that run; the others are tests and what is developed with. */
const run = ["src", "gen"];

/** What the Dockerfile's `service` has in /app, made of what is installed here: nothing is asked of a registry. */
export function serviceLayer(root: string = repoRoot): Required<Pick<Layer, "from" | "links">> {
  const from: Record<string, string> = { "app/package.json": join(root, "package.json") };
  const links: Record<string, string> = {};
  const seen = new Set<string>();
  const queue = roots.map((it) => join(root, it));
  for (let folder = queue.pop(); folder !== undefined; folder = queue.pop()) {
    if (seen.has(folder)) continue;
    seen.add(folder);
    const inImage = join("app", relative(root, folder));
    const isOurs = !inImage.includes("node_modules");
    const parts = isOurs ? ["package.json", ...run].filter((it) => existsSync(join(folder, it))) : [""];
    for (const it of parts) from[join(inImage, it)] = join(folder, it);
    for (const name of dependenciesOf(folder)) {
      const found = resolve(name, folder, root);
      if (found === undefined) continue;
      queue.push(found.real);
      // A package of this repository is run from where it is: Node strips no types below node_modules.
      if (found.real !== found.path) {
        links[join("app", relative(root, found.path))] = relative(dirname(found.path), found.real);
      }
    }
  }
  return { from: withoutNested(from), links };
}

/** Names all files of a layer with their sizes and times, for a hash of it. */
export function filesOf({ from }: Pick<Required<Layer>, "from">): string[] {
  return Object.values(from).flatMap((path) => {
    const info = statSync(path);
    if (!info.isDirectory()) return [`${path} ${info.size} ${info.mtimeMs}`];
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((it) => it.isFile())
      .map((it) => join(it.parentPath, it.name))
      .map((it) => `${it} ${statSync(it).size} ${statSync(it).mtimeMs}`);
  });
}

function dependenciesOf(folder: string): string[] {
  const manifest = manifestSchema.parse(JSON.parse(readFileSync(join(folder, "package.json"), "utf8")));
  const peers = Object.keys(manifest.peerDependencies).filter(
    (it) => !manifest.peerDependenciesMeta[it]?.optional,
  );
  return [...Object.keys(manifest.dependencies), ...peers];
}

/** Where Node finds a package from a folder on; undefined for an optional one that is not installed. */
function resolve(name: string, from: string, root: string): { path: string; real: string } | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const path = join(folder, "node_modules", name);
    if (existsSync(join(path, "package.json"))) return { path, real: realpathSync(path) };
    if (folder === root || folder === dirname(folder)) return undefined;
  }
}

/** A package that is within another one's folder is in the image with that one. */
function withoutNested(from: Readonly<Record<string, string>>): Record<string, string> {
  const paths = new Set(Object.keys(from));
  const isNested = (path: string) => {
    for (let it = dirname(path); it !== "."; it = dirname(it)) if (paths.has(it)) return true;
    return false;
  };
  return Object.fromEntries(Object.entries(from).filter(([path]) => !isNested(path)));
}
